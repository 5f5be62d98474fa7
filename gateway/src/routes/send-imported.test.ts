import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, rm, stat } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { honestZip, sha256Of, tempFolder } from "../../test/archives.ts";
import { bzip2Fixture } from "../../test/bzip2.ts";
import { testGateway } from "../../test/harness.ts";
import { type TakenOver, takeOver } from "../../test/imported.ts";
import { adoptArchive } from "../actions/adopt-archive.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import type { Config } from "../config.ts";

const ZIP = bzip2Fixture("plain.zip");
const { signal } = new AbortController();
const verifier = createArchiveVerifier({ threads: 1 });
afterAll(() => verifier.close());

async function aLibrary(given: Partial<TakenOver> = {}, config: Partial<Config> = {}) {
  const gateway = await testGateway({ config });
  const outside = await tempFolder();
  const row = await takeOver(gateway.deps, { folder: outside.path, ...given });
  const paths = { api: `/api/mods/${row.mod}/archive`, plain: `/download/${row.mod}` };
  return {
    ...{ gateway, outside, row, paths, path: paths.api },
    get: (headers: Record<string, string> = {}) => gateway.get(paths.api, headers),
    adopt: () => adoptArchive({ ...gateway.deps, inspectTakenOver: verifier.inspectTakenOver }, row, signal),
    downloads: async () => {
      await gateway.deps.counters.flush();
      return (await gateway.deps.catalogue.findMod(row.mod))?.downloads;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
    },
  };
}

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

test.each(["api", "plain"] as const)("GET %s sends an archive that nobody checked yet, and counts it", async (door) => {
  await using library = await aLibrary();
  const server = await library.gateway.serve();

  const answers = [await library.gateway.get(library.paths[door]), await fetch(`${server.url}${library.paths[door]}`)];

  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(answer.headers.get("content-length")).toBe(String(ZIP.length));
    expect(answer.headers.get("repr-digest")).toBeNull();
    expect((await bytesOf(answer)).equals(ZIP)).toBe(true);
  }
  expect(await library.downloads()).toBe(2);
  await server.close();
});

test("GET …/archive validates an imported archive by its size and its time", async () => {
  await using library = await aLibrary();
  const { mtime, mtimeNs, size } = await stat(library.row.path, { bigint: true });
  const etag = `"${size.toString(16)}-${mtimeNs.toString(16)}"`;

  const first = await library.get();
  const same = await library.get({ "if-none-match": etag });
  const since = await library.get({ "if-modified-since": mtime.toUTCString() });
  const other = await library.get({ "if-match": '"other"' });
  const head = await library.gateway.send("HEAD", library.path);

  expect(first.headers.get("etag")).toBe(etag);
  expect(first.headers.get("last-modified")).toBe(mtime.toUTCString());
  expect([same.status, since.status, other.status, head.status]).toEqual([304, 304, 412, 200]);
  expect(await head.text()).toBe("");
});

test("GET …/archive resumes an imported archive only while it is the same", async () => {
  await using library = await aLibrary();
  const etag = (await library.get()).headers.get("etag") ?? "";
  const range = { range: "bytes=100-199" };

  const part = await library.get({ ...range, "if-range": etag });
  const outside = await library.get({ range: `bytes=${ZIP.length}-` });
  await library.adopt();
  const after = await library.get({ ...range, "if-range": etag });

  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe(`bytes 100-199/${ZIP.length}`);
  expect((await bytesOf(part)).equals(ZIP.subarray(100, 200))).toBe(true);
  expect(outside.status).toBe(416);
  // The hash is known now, which is a better tag; whoever began with the other one gets the whole again.
  expect(after.status).toBe(200);
  expect(after.headers.get("etag")).toBe(`"${sha256Of(ZIP)}"`);
  expect((await bytesOf(after)).equals(ZIP)).toBe(true);
});

test("GET …/archive answers ranges with the same bytes before, while and after it is adopted", async () => {
  const zip = await honestZip({ "noise.bin": randomBytes(3_000_000) }, { compress: false });
  await using library = await aLibrary({ bytes: zip });
  const parts: Promise<Buffer>[] = [];
  const ask = (n: number) => {
    const start = (n * 777_777) % (zip.length - 1_000);
    return library.get({ range: `bytes=${start}-${start + 999}` }).then(async (answer) => {
      expect(answer.status).toBe(206);
      return Buffer.concat([Buffer.from(zip.subarray(start, start + 1_000)), await bytesOf(answer)]);
    });
  };

  const adopted = library.adopt();
  let isOver = false;
  void adopted.then(() => {
    isOver = true;
  });
  for (let n = 0; !isOver || n < 20; n += 1) {
    parts.push(ask(n));
    await new Promise(setImmediate);
  }

  expect(await adopted).toBe("published");
  for (const pair of await Promise.all(parts)) expect(pair.subarray(0, 1_000).equals(pair.subarray(1_000))).toBe(true);
});

test("GET …/archive goes on sending an archive that is adopted meanwhile", async () => {
  const zip = await honestZip({ "noise.bin": randomBytes(12_000_000) }, { compress: false });
  await using library = await aLibrary({ bytes: zip });
  const server = await library.gateway.serve();
  const request = get(`${server.url}${library.path}`);
  const [answer]: IncomingMessage[] = await once(request, "response");
  if (answer === undefined) throw new Error("No answer");

  await once(answer, "readable");
  expect(await library.adopt()).toBe("published");
  await rm(library.row.path);
  const bytes = await buffer(answer);

  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256Of(zip));
  await server.close();
});

test.each(["changed", "gone"])("GET …/archive says not found when the file is %s", async (what) => {
  await using library = await aLibrary();
  if (what === "gone") await rm(library.row.path);
  else await appendFile(library.row.path, "!");

  const answers = [await library.get(), await library.gateway.get(library.paths.plain)];

  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  expect(await answers[0]?.json()).toMatchObject({ code: "not_found", detail: "The archive is damaged" });
});

test("GET …/archive sends the version once there is one", async () => {
  await using library = await aLibrary();
  const { zip } = await library.gateway.addArchive({ item: { updatedAt: 1_800_000_000_000 } });

  expect((await bytesOf(await library.get())).equals(zip)).toBe(true);
});

test("GET …/archive sends itself what lies outside of nginx's folder", async () => {
  await using library = await aLibrary({}, { accelPrefix: "/protected/" });

  const answer = await library.get();

  expect(answer.headers.get("x-accel-redirect")).toBeNull();
  expect((await bytesOf(answer)).equals(ZIP)).toBe(true);
});

test("GET …/archive lets nginx send what lies in its folder", async () => {
  await using folder = await tempFolder();
  await using library = await aLibrary(
    { folder: join(folder.path, "..content", "old ones") },
    { accelPrefix: "/protected/", blobsFolder: folder.path },
  );

  const answer = await library.get();

  expect(answer.headers.get("x-accel-redirect")).toBe(`/protected/..content/old%20ones/294100/${library.row.mod}.zip`);
  expect(await answer.text()).toBe("");
});

test("GET /api/mods/{id} says that an archive is there which nobody checked yet", async () => {
  await using library = await aLibrary({ sourceUpdatedAt: 1_690_000_000_000 });
  const view = async () => (await library.gateway.get(`/api/mods/${library.row.mod}`)).json();

  const before = await view();
  await library.adopt();
  const after = await view();

  expect(before).toMatchObject({
    current: null,
    imported: {
      url: library.path,
      bytes: ZIP.length,
      sourceUpdatedAt: "2023-07-22T04:26:40.000Z",
      fetchedAt: new Date(library.row.modifiedAt).toISOString(),
    },
  });
  expect(after).toMatchObject({
    imported: null,
    current: { archive: { sha256: sha256Of(ZIP) }, fetched: { tool: "pytorrent" } },
  });
});
