import { expect, test } from "vitest";
import { createApi } from "../api.ts";
import { createDoor, type DoorOptions } from "./door.ts";

const TEMPLATES = [
  "/list/mods/",
  "/list/genres",
  "/info/mod/{mod_id}",
  "/download/{mod_id}",
  "/download/steam/{mod_id}",
];
const CORS = { "access-control-allow-origin": "*" };

/** An app whose handlers say what they were asked. */
function door(options: Partial<DoorOptions> = {}) {
  const table = TEMPLATES.map((template) => ({
    template,
    handle: ({ params, query }: { params: readonly string[]; query: ReadonlyMap<string, string> }) =>
      Response.json({ template, params, query: Object.fromEntries(query) }),
  }));
  const api = createApi();
  api.use(createDoor({ prefix: "", table, elsewhere: ["/docs"], cors: CORS, ...options }));
  api.get("/docs", (c) => c.text("docs"));
  api.notFound((c) => c.text("not the door's", 404));
  // Unlike `app.request(path)` a URL keeps its double slashes.
  return (target: string, method = "GET") => Promise.resolve(api.request(`http://localhost${target}`, { method }));
}

test.each([
  ["/list/mods/", "/list/mods/", []],
  ["/list/mods/%0A", "/list/mods/", []],
  ["/list/genres", "/list/genres", []],
  ["/%6cist/genres", "/list/genres", []],
  ["/info/mod/5", "/info/mod/{mod_id}", ["5"]],
  ["/info/mod/%20%D0%B6%ff%zz%", "/info/mod/{mod_id}", [" ж\ufffd%zz%"]],
  ["/info/mod/+5", "/info/mod/{mod_id}", ["+5"]],
  ["/info/mod/[1,2]", "/info/mod/{mod_id}", ["[1,2]"]],
  ["/download/steam", "/download/{mod_id}", ["steam"]],
  ["/download/steam/7", "/download/steam/{mod_id}", ["7"]],
])("createDoor() matches %s as Starlette did", async (target, template, params) => {
  expect(await (await door()(target)).json()).toEqual({ template, params, query: {} });
});

test.each([
  ["/list/mods", "/list/mods/"],
  ["/list/mods?page=1&name=%20", "/list/mods/?page=1&name=%20"],
  ["/list/genres/", "/list/genres"],
  ["/list/genres///?a", "/list/genres?a"],
  ["/info/mod/5/", "/info/mod/5"],
  ["/info/mod/a%3Fb%23%0D%0A%25/", "/info/mod/a%3Fb%23%0D%0A%25"],
  ["/info/mod/[1,2]/", "/info/mod/[1,2]"],
  ["/info/mod/%5B1,%222%22%5D/", "/info/mod/[1,%222%22]"],
  ["/info/mod/%255B/", "/info/mod/%255B"],
  ["/docs/", "/docs"],
])("createDoor() sends %s on to %s", async (target, location) => {
  const answer = await door()(target);

  expect([answer.status, answer.headers.get("location")]).toEqual([307, location]);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
});

test("createDoor() escapes on the way what a client wrote plainly and Python did not", async () => {
  // A URL object would have escaped some of it before the door sees it.
  const incoming = { url: '/list/mods?tags=["a|b"]&name=^{<\\`>}~\'%' };
  const api = createApi();
  api.use(createDoor({ prefix: "", table: [{ template: "/list/mods/", handle: () => new Response() }], cors: CORS }));

  const answer = await api.request("/list/mods", {}, { incoming });

  expect(answer.headers.get("location")).toBe("/list/mods/?tags=[%22a%7Cb%22]&name=%5E%7B%3C%5C%60%3E%7D~'%");
});

test.each([
  "/",
  "/nope",
  "//list/genres",
  "/info/mod/",
  "/info/mod",
  "/info/mod/5%2F6",
  "/list/mods/x",
  "/LIST/genres",
])("createDoor() leaves %s to others", async (target) => {
  const answer = await door()(target);

  expect([answer.status, await answer.text()]).toEqual([404, "not the door's"]);
});

test("createDoor() answers everything below its prefix and nothing beside it", async () => {
  const ask = door({ prefix: "/v1" });

  const answers = await Promise.all(
    ["/v1/list/genres", "/v1/nope", "/v1/", "/v10/list/genres", "/list/genres"].map((t) => ask(t)),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404, 404]);
  const texts = await Promise.all(answers.slice(1).map((answer) => answer.text()));
  expect(texts).toEqual([...Array(2).fill('{"detail":"Not Found"}'), ...Array(2).fill("not the door's")]);
});

test.each(["POST", "PUT", "DELETE", "PATCH"])("createDoor() refuses %s and names what there is", async (method) => {
  const answer = await door()("/info/mod/5", method);

  expect([answer.status, await answer.text()]).toEqual([405, '{"detail":"Method Not Allowed"}']);
  expect(Object.fromEntries(answer.headers)).toMatchObject({ allow: "GET", ...CORS });
});

test("createDoor() sends HEAD the head alone, and preflights what they ask for", async () => {
  const ask = door();

  const [head, preflight] = [await ask("/list/genres", "HEAD"), await ask("/list/genres", "OPTIONS")];

  expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([200, "application/json", ""]);
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({ ...CORS, "access-control-allow-methods": "GET, HEAD" });
});

test("createDoor() lends its headers and its refusals to pages that others serve", async () => {
  const ask = door();

  const [page, post] = [await ask("/docs"), await ask("/docs", "POST")];

  expect([page.status, await page.text(), page.headers.get("access-control-allow-origin")]).toEqual([200, "docs", "*"]);
  expect(post.status).toBe(405);
});
