import { once } from "node:events";
import { get } from "node:http";
import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Type,Content-Disposition",
};
const BROWSER = { accept: "text/html,*/*;q=0.8" };

test("GET / sends programs to the documentation and shows people the front page", async () => {
  await using gateway = await testGateway();

  const program = await gateway.get("/?a=1", { accept: "*/*" });
  const person = await gateway.get("/", BROWSER);

  expect([program.status, program.headers.get("location")]).toEqual([307, "/docs"]);
  expect(Object.fromEntries(program.headers)).toMatchObject({ ...CORS, vary: "Accept" });
  expect([person.status, person.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(person.headers.get("vary")).toBe("Accept-Language, Accept");
});

test("POST / is the front page's form and nothing for programs", async () => {
  await using gateway = await testGateway();

  const program = await gateway.send("POST", "/");
  const person = await gateway.send("POST", "/", { headers: BROWSER });

  expect([program.status, await program.text()]).toEqual([405, '{"detail":"Method Not Allowed"}']);
  expect(program.headers.get("access-control-allow-origin")).toBe("*");
  expect([person.status, person.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
});

test.each(["/nope", "/list/mods/10/0/294100/ALL", "/list/tags/", "/download/5%2F6", "/apis", "/index.html"])(
  "GET %s is unknown in PyTorrent's form",
  async (path) => {
    await using gateway = await testGateway();

    const answer = await gateway.get(path);

    expect([answer.status, await answer.text()]).toEqual([404, '{"detail":"Not Found"}']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ "content-type": "application/json", ...CORS });
  },
);

test.each([
  ["//list/genres", 404],
  ["/list/mods/../genres", 404],
  ["/list/./genres", 404],
  ["/info/mod/..", 422],
  ["/info/mod/%2e%2e", 422],
  ["/info/mod/5?a=/../b#c", 200],
  ["http://elsewhere/info/mod/5", 200],
])("GET %s is taken as it was sent", async (target, status) => {
  await using gateway = await testGateway();
  const server = await gateway.serve();

  const request = get(server.url, { path: target, agent: false });
  const [answer] = await once(request, "response");
  answer.resume();
  await server.close();

  expect(answer.statusCode).toBe(status);
});

test.each(["/docs", "/redoc", "/openapi.json"])("GET %s is there for every origin", async (path) => {
  await using gateway = await testGateway();

  const [answer, post, slash] = [
    await gateway.get(path),
    await gateway.send("POST", path),
    await gateway.get(`${path}/`),
  ];

  expect([answer.status, post.status, slash.status]).toEqual([200, 405, 307]);
  expect(slash.headers.get("location")).toBe(path);
  for (const { headers } of [answer, post, slash]) expect(Object.fromEntries(headers)).toMatchObject(CORS);
});

test("the other doors stay what they are beside PyTorrent's", async () => {
  await using gateway = await testGateway();
  const paths = [
    "/healthz",
    "/readyz",
    "/site.css",
    "/favicon.ico",
    "/api/mods",
    "/docs/start.js",
    "/v1/nope",
    "/api/nope",
  ];

  const answers = await Promise.all(paths.map((path) => gateway.get(path)));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 404, 404]);
  expect(answers.at(-1)?.headers.get("content-type")).toBe("application/problem+json");
});

test("HEAD and preflights are answered on every path and counted on none", async () => {
  await using gateway = await testGateway();
  const paths = ["/", "/list/mods/", "/info/mod/1", "/statistics/delay", "/download/1"];

  const heads = await Promise.all(paths.map((path) => gateway.send("HEAD", path)));
  const preflights = await Promise.all(paths.map((path) => gateway.send("OPTIONS", path)));
  await gateway.deps.counters.flush();

  expect(heads.map(({ status }) => status)).toEqual([307, 200, 200, 200, 404]);
  expect(await Promise.all(heads.map((head) => head.text()))).toEqual(Array(5).fill(""));
  expect(preflights.map(({ status }) => status)).toEqual(Array(5).fill(204));
  expect(await gateway.deps.statistics.hours(0, gateway.deps.now())).toEqual([]);
});
