import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { testGateway } from "../../test/harness.ts";

const big = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 253));

test("GET /api/mods/{id}/archive says everything about the archive it sends", async () => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive({ item: { title: "Häuser" } });

  const answer = await gateway.get(`/api/mods/${version.mod}/archive`);

  const { sha256 } = version.archive;
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/zip",
    "content-length": String(zip.length),
    "content-disposition": "attachment; filename=\"Hauser.zip\"; filename*=UTF-8''H%C3%A4user.zip",
    "accept-ranges": "bytes",
    "cache-control": "public, no-cache",
    etag: `"${sha256}"`,
    "last-modified": new Date(version.publishedAt).toUTCString(),
    "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
  });
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
});

test("GET /api/mods/{id}/versions/{version}/archive may be kept for ever", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();

  const answer = await gateway.get(`/api/mods/${version.mod}/versions/${version.key}/archive`);

  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
});

test.each(["node", "web"])("GET …/archive gives parts of the same bytes (%s)", async (kind) => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive({ bytes: big });
  const server = await gateway.serve();
  const path = `/api/mods/${version.mod}/archive`;
  const get = (range: string) =>
    kind === "node" ? fetch(`${server.url}${path}`, { headers: { range } }) : gateway.get(path, { range });

  for (const [start, end] of [
    [0, 0],
    [262_143, 262_145],
    [1_234_567, big.length - 1],
  ] as const) {
    const answer = await get(`bytes=${start}-${end}`);
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end}/${big.length}`);
    expect(answer.headers.get("content-length")).toBe(String(end - start + 1));
    expect(Buffer.from(await answer.arrayBuffer()).equals(big.subarray(start, end + 1))).toBe(true);
  }
  await server.close();
});

test("GET …/archive refuses a range outside the file and says how long it is", async () => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive();

  const answer = await gateway.get(`/api/mods/${version.mod}/archive`, { range: `bytes=${zip.length}-` });

  expect(answer.status).toBe(416);
  expect(answer.headers.get("content-range")).toBe(`bytes */${zip.length}`);
  expect(await answer.json()).toMatchObject({ code: "range_not_satisfiable", status: 416 });
});

test("GET …/archive sends the whole when If-Range names other bytes", async () => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive();
  const get = (ifRange: string) =>
    gateway.get(`/api/mods/${version.mod}/archive`, { range: "bytes=0-1", "if-range": ifRange });

  const [same, other] = [await get(`"${version.archive.sha256}"`), await get('"other"')];

  expect([same.status, other.status]).toEqual([206, 200]);
  expect(Buffer.from(await other.arrayBuffer())).toEqual(zip);
});

test("GET …/archive answers 304 to who has it and 412 to who expects another", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  const path = `/api/mods/${version.mod}/archive`;
  const etag = `"${version.archive.sha256}"`;

  const same = await gateway.get(path, { "if-none-match": etag });
  const other = await gateway.get(path, { "if-match": '"other"' });

  expect(same.status).toBe(304);
  expect(same.headers.get("etag")).toBe(etag);
  expect(same.headers.get("content-length")).toBeNull();
  expect(other.status).toBe(412);
  expect(await other.json()).toMatchObject({ code: "precondition_failed" });
});

test.each(["node", "web"])("HEAD …/archive has GET's headers and no body (%s)", async (kind) => {
  await using gateway = await testGateway();
  const { version, zip } = await gateway.addArchive();
  const server = await gateway.serve();
  const path = `/api/mods/${version.mod}/archive`;

  const answer =
    kind === "node" ? await fetch(`${server.url}${path}`, { method: "HEAD" }) : await gateway.send("HEAD", path);

  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-length")).toBe(String(zip.length));
  expect(await answer.text()).toBe("");
  await server.close();
});

test("GET …/archive counts whole downloads once, not resumed ones and not HEAD", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  const path = `/api/mods/${version.mod}/archive`;

  await gateway.get(path);
  await gateway.get(path, { range: "bytes=0-" });
  await gateway.get(path, { range: "bytes=5-" });
  await gateway.get(path, { "if-none-match": "*" });
  await gateway.send("HEAD", path);
  await gateway.deps.counters.flush();

  expect((await gateway.deps.catalogue.findMod(version.mod))?.downloads).toBe(2);
});

test("GET …/archive leaves the bytes to nginx when it stands in front", async () => {
  await using gateway = await testGateway({ config: { accelPrefix: "/protected/" } });
  const { version } = await gateway.addArchive();
  const { sha256 } = version.archive;

  const answer = await gateway.get(`/api/mods/${version.mod}/archive`, { range: "bytes=0-1" });

  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-accel-redirect")).toBe(`/protected/archives/${sha256.slice(0, 2)}/${sha256}.zip`);
  expect(answer.headers.get("etag")).toBe(`"${sha256}"`);
  expect(await answer.text()).toBe("");
});

test("GET …/archive behind nginx sends the bytes itself when nginx would misread the condition", async () => {
  await using gateway = await testGateway({ config: { accelPrefix: "/protected/" } });
  const { version, zip } = await gateway.addArchive();

  const answer = await gateway.get(`/api/mods/${version.mod}/archive`, { "if-match": `"${version.archive.sha256}"` });

  expect(answer.headers.get("x-accel-redirect")).toBeNull();
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
});

test("GET …/archive says not found when the bytes are gone", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  gateway.deps.blobs.size = async () => null;

  const answer = await gateway.get(`/api/mods/${version.mod}/archive`);

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: "not_found", detail: "The archive is damaged" });
});

test("GET …/archive on Node sends the right bytes to a client that reads slowly", async () => {
  await using gateway = await testGateway();
  const bytes = randomBytes(20_000_000);
  const { version } = await gateway.addArchive({ bytes });
  const server = await gateway.serve();

  const answer = await fetch(`${server.url}/api/mods/${version.mod}/archive`);
  const hash = createHash("sha256");
  for await (const chunk of answer.body ?? []) {
    hash.update(chunk);
    await new Promise(setImmediate);
  }

  expect(hash.digest("hex")).toBe(version.archive.sha256);
  await server.close();
});

test("GET …/archive on Node closes the file of a client that leaves", async () => {
  const lines: string[] = [];
  const log = { debug: (line: string) => void lines.push(line), info() {}, warn() {}, error() {}, with: () => log };
  await using gateway = await testGateway({ log });
  const { version } = await gateway.addArchive({ bytes: Buffer.concat(Array.from({ length: 20 }, () => big)) });
  const server = await gateway.serve();
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);

  socket.write(`GET /api/mods/${version.mod}/archive HTTP/1.1\r\nHost: here\r\n\r\n`);
  await once(socket, "readable");
  socket.destroy();

  await vi.waitFor(() => expect(lines).toContain("A download ended early"));
  await server.close();
});
