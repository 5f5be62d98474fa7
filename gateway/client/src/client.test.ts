import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { aConnected } from "../../test/job-deps.ts";
import { ITEM, library, moveJob, NOBODY, thrownBy } from "../test/library.ts";
import { createClient, type Job, ModfleetError, type Source, unwrap } from "./mod.ts";

const ID = ITEM.id;

async function served() {
  const { gateway, url } = await library();
  return { gateway, url, client: createClient({ baseUrl: url }) };
}

test("createClient() reads the library with typed paths", async () => {
  const { gateway, client } = await served();
  await gateway.addArchive();

  const { items } = await unwrap(client.GET("/api/mods", { params: { query: { q: "example", limit: 5 } } }));

  expect(items.map(({ id, name }) => [id, name])).toEqual([[ID, "Example Mod"]]);
});

test("unwrap() throws a problem document as one error with its code, status and fields", async () => {
  const { client } = await served();

  const error = await thrownBy(unwrap(client.GET("/api/mods/{id}", { params: { path: { id: NOBODY } } })));

  expect(error).toBeInstanceOf(ModfleetError);
  expect(error).toMatchObject({ code: "not_found", status: 404, problem: { instance: `/api/mods/${NOBODY}` } });
});

test("unwrap() says that nobody is there, and leaves an abort as it is", async () => {
  const { url, client } = await served();
  const nowhere = createClient({ baseUrl: url, fetch: () => Promise.reject(new TypeError("fetch failed")) });

  expect(await thrownBy(unwrap(nowhere.GET("/api/fleet")))).toMatchObject({ code: "unreachable", status: null });
  const signal = AbortSignal.abort();
  expect(await thrownBy(unwrap(client.GET("/api/fleet", { signal })))).toMatchObject({ name: "AbortError" });
});

test("unwrap() says why nobody is there, where fetch tells", async () => {
  const { url } = await served();
  const cause = new Error("connect ECONNREFUSED 127.0.0.1:9");
  const nowhere = createClient({
    baseUrl: url,
    fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
  });

  const message = "The gateway cannot be reached: connect ECONNREFUSED 127.0.0.1:9";
  expect(await thrownBy(unwrap(nowhere.GET("/api/fleet")))).toMatchObject({ code: "unreachable", message });
});

test("unwrap() says that a page in between is no gateway", async () => {
  const page = async () => new Response("<p>Log in</p>", { headers: { "content-type": "text/html" } });
  const client = createClient({ baseUrl: "http://127.0.0.1:1", fetch: page });

  expect(await thrownBy(unwrap(client.GET("/api/fleet")))).toMatchObject({ code: "unexpected_answer", status: null });
});

test("createClient() sends the token it was given", async () => {
  const asked: Request[] = [];
  const fetch = async (request: Request) => {
    asked.push(request);
    return Response.json({ agents: [], totals: { agents: 0, slots: 0, freeSlots: 0 } });
  };

  await createClient({ baseUrl: "http://127.0.0.1:1/below", token: "secret", fetch }).GET("/api/fleet");

  expect(asked[0]?.headers.get("authorization")).toBe("Bearer secret");
  expect(asked[0]?.url).toBe("http://127.0.0.1:1/below/api/fleet");
});

test("ask() tells a mod that is here from a job that fetches it", async () => {
  const { gateway, client } = await served();

  expect(await client.ask(ID)).toMatchObject({ kind: "coming", job: { mod: ID, state: "queued", place: 1 } });
  await gateway.addArchive();
  await moveJob(gateway, ID, "done");
  expect(await client.ask(ID)).toMatchObject({ kind: "here", mod: { id: ID, name: "Example Mod" } });
});

test("ask() throws with when to come back while nobody can fetch", async () => {
  const { gateway, client } = await served();
  gateway.connected.length = 0;

  const error = await thrownBy(client.ask(ID));

  expect(error).toMatchObject({ code: "not_ready", status: 503, retryAfterSeconds: expect.any(Number) });
});

test("fetch() gives the mod once its job is done, and tells how far it is", async () => {
  const { gateway, client } = await served();
  const told: Job[] = [];

  const fetching = client.fetch(ID, { onProgress: (job) => told.push(job), timeoutMs: 20_000 });
  await expect.poll(() => told.length).toBe(1);
  await moveJob(gateway, ID, "leased");
  await expect.poll(() => told.length).toBe(2);
  await gateway.addArchive();
  await moveJob(gateway, ID, "done");

  expect((await fetching).current?.archive.bytes).toBeGreaterThan(100);
  expect(told.map(({ state, place, bytes, total }) => [state, place, bytes, total])).toEqual([
    ["queued", 1, 0, 1_000],
    ["leased", null, 10, 40],
    ["done", null, 700, 700],
  ]);
});

test("fetchSource() gives the mod of an address once its job is done", async () => {
  const { gateway, client } = await served();
  gateway.connected.push(aConnected({ engines: ["http"] }));
  const source: Source = { kind: "http", url: "https://host.example/map.zip" };
  const told: Job[] = [];

  const fetching = client.fetchSource(source, { onProgress: (job) => told.push(job), timeoutMs: 20_000 });
  await expect.poll(() => told.length).toBe(1);
  const mod = told[0]?.mod ?? "";
  await moveJob(gateway, mod, "done");

  expect(await fetching).toMatchObject({ id: mod, source: "http", name: "map.zip" });
  expect(told.at(-1)?.state).toBe("done");
});

test("askSource() throws a refusal that names the field", async () => {
  const { client } = await served();

  const error = await thrownBy(client.askSource({ kind: "http", url: "https://me:secret@host.example/" }));

  expect(error).toMatchObject({ code: "bad_request", problem: { errors: [{ field: "source.url" }] } });
});

test("download() opens an archive with its size and hash, and goes on where it broke", async () => {
  const { gateway, client } = await served();
  const { zip, version } = await gateway.addArchive();
  const { sha256 } = version.archive;

  const whole = await client.download(ID);
  expect([whole.start, whole.total, whole.sha256]).toEqual([0, zip.length, sha256]);
  expect(Buffer.from(await new Response(whole.body).arrayBuffer()).equals(zip)).toBe(true);

  const rest = await client.download(ID, { version: version.key, resume: { bytes: 10, etag: whole.etag ?? "" } });
  expect([rest.start, rest.total]).toEqual([10, zip.length]);
  expect(Buffer.from(await new Response(rest.body).arrayBuffer()).equals(zip.subarray(10))).toBe(true);

  const other = await client.download(ID, { resume: { bytes: 10, etag: '"other"' } });
  expect(other.start).toBe(0);
  await other.body.cancel();
});

test("download() throws what the gateway says instead of an archive", async () => {
  const { client } = await served();

  expect(await thrownBy(client.download(NOBODY))).toMatchObject({ code: "not_found", status: 404 });
});
