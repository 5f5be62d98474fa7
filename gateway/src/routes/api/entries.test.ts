import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sha256Of } from "../../../test/archives.ts";
import { testGateway } from "../../../test/harness.ts";

const FILES = {
  "About/About.xml": "<About />",
  "Häuser & Höfe/lies mich.txt": "Grüße".repeat(5_000),
  "page.html": "<script>alert(1)</script>",
  empty: "",
};

async function aMod() {
  const gateway = await testGateway();
  const { version } = await gateway.addArchive({ files: FILES });
  const path = `/api/mods/${version.mod}/versions/${version.key}/entries`;
  return { gateway, version, path, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test("GET …/entries lists every file with its size and hash, page by page", async () => {
  await using mod = await aMod();
  const found: { path: string; size: number; sha256: string }[] = [];

  let next: string | null = "";
  while (next !== null) {
    const page: { items: typeof found; next: string | null } = await (
      await mod.gateway.get(`${mod.path}?limit=3${next === "" ? "" : `&cursor=${next}`}`)
    ).json();
    found.push(...page.items);
    next = page.next;
  }

  expect(found).toHaveLength(4);
  for (const [path, content] of Object.entries(FILES)) {
    expect(found).toContainEqual({ path, size: Buffer.from(content).length, sha256: sha256Of(content) });
  }
});

test.each(Object.entries(FILES))("GET …/entries/%s sends that file out of the archive", async (path, content) => {
  await using mod = await aMod();
  const server = await mod.gateway.serve();
  const address = `${mod.path}/${path.split("/").map(encodeURIComponent).join("/")}`;

  const answers = [await mod.gateway.get(address), await fetch(`${server.url}${address}`)];

  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).toBe(`"${sha256Of(content)}"`);
    expect(answer.headers.get("content-length")).toBe(String(Buffer.from(content).length));
    expect(await answer.text()).toBe(content);
  }
  await server.close();
});

test("GET …/entries/{path} is inert in a browser", async () => {
  await using mod = await aMod();

  const answer = await mod.gateway.get(`${mod.path}/page.html`);

  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": expect.stringContaining("text/html"),
    "content-disposition": 'attachment; filename="page.html"',
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
  });
});

test("GET …/entries/{path} knows what the client has and expects", async () => {
  await using mod = await aMod();
  const etag = `"${sha256Of(FILES["page.html"])}"`;

  const same = await mod.gateway.get(`${mod.path}/page.html`, { "if-none-match": etag });
  const other = await mod.gateway.get(`${mod.path}/page.html`, { "if-match": '"other"' });
  const head = await mod.gateway.send("HEAD", `${mod.path}/page.html`);

  expect([same.status, other.status, head.status]).toEqual([304, 412, 200]);
  expect(await head.text()).toBe("");
});

test.each(["nothing.txt", "About", "About%2F..%2F..%2Fetc%2Fpasswd", "..%2F..%2Fpasswd"])(
  "GET …/entries/%s is a 404",
  async (path) => {
    await using mod = await aMod();

    const answer = await mod.gateway.get(`${mod.path}/${path}`);

    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: "not_found" });
  },
);

test.each(["limit=0", "limit=1000", "cursor=x", "after=About"])("GET …/entries?%s is refused", async (query) => {
  await using mod = await aMod();

  expect((await mod.gateway.get(`${mod.path}?${query}`)).status).toBe(400);
});

test("GET …/entries/{path} unpacks what PyTorrent packed with bzip2", async () => {
  await using gateway = await testGateway();
  const bytes = await readFile(new URL("../../../test/fixtures/bzip2/plain.zip", import.meta.url));
  const text = "Привет, мир\n".repeat(50);
  const { version } = await gateway.addArchive({ bytes, files: { "Defs/текст.txt": text, "empty.txt": "" } });
  const server = await gateway.serve();
  const path = `/api/mods/${version.mod}/versions/${version.key}/entries`;
  const address = `${path}/Defs/${encodeURIComponent("текст.txt")}`;

  const answers = [await gateway.get(address), await fetch(`${server.url}${address}`)];

  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(text);
  }
  expect(await (await gateway.get(`${path}/empty.txt`)).text()).toBe("");
  await server.close();
});

test("GET …/entries/{path} finds names that only PyTorrent's disk knew", async () => {
  await using gateway = await testGateway();
  const bytes = await readFile(new URL("../../../test/fixtures/bzip2/odd-names.zip", import.meta.url));
  const files = { "back\\slash.txt": "1", CON: "2", "a.txt": "3", "A.TXT": "4", "ends. ": "5" };
  const { version } = await gateway.addArchive({ bytes, files });

  for (const [name, content] of Object.entries(files)) {
    const path = `/api/mods/${version.mod}/versions/${version.key}/entries/${encodeURIComponent(name)}`;
    expect(await (await gateway.get(path)).text()).toBe(content);
  }
});
