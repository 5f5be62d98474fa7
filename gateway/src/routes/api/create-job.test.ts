import fc from "fast-check";
import { expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";
import { askedVersion, type Elsewhere } from "../../domain/delivered.ts";
import { JobView } from "./job-view.ts";
import { ModView } from "./mod-view.ts";

const FILE: Elsewhere = { kind: "http", url: "https://host.example/Big%20map.zip" };
const HASH = "0123456789abcdef0123456789abcdef01234567";
const TORRENT: Elsewhere = { kind: "torrent", magnet: `magnet:?xt=urn:btih:${HASH}&dn=Maps` };

const post = (gateway: TestGateway, body: unknown) =>
  gateway.send("POST", "/api/jobs", {
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

async function capableGateway(allowPrivateSources = false): Promise<TestGateway> {
  const gateway = await testGateway({ config: { allowPrivateSources } });
  gateway.connected.push(aConnected({ engines: ["workshop", "http", "torrent"] }));
  return gateway;
}

/** The archive of this source in the library, under this key. */
async function addDelivered({ deps, addArchive }: TestGateway, source: Elsewhere, key: string): Promise<string> {
  const { version } = await addArchive();
  const { archive, provenance } = version;
  const mod = await deps.catalogue.saveSource(source, deps.now());
  const at = deps.now();
  await deps.database.batch([
    ...deps.catalogue.publishStatements({ mod, key, archive, sourceUpdatedAt: at, at, provenance }),
    ...deps.catalogue.deliveredStatements({ mod, key, archive, at }),
  ]);
  return mod;
}

test.each([FILE, TORRENT])("POST /api/jobs makes a job for %j once and says where it is", async (source) => {
  await using gateway = await capableGateway();

  const [first, second] = [await post(gateway, { source }), await post(gateway, { source })];

  const job = JobView.parse(await first.json());
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(job).toMatchObject({ state: "queued", total: null, place: 1, mod: "1000000000000000" });
  expect(job.version).toBe(askedVersion(source));
  expect(first.headers.get("location")).toBe(`/api/jobs/${job.id}`);
  expect(first.headers.get("retry-after")).toBe("5");
  expect(await second.json()).toEqual(job);
});

test("POST /api/jobs answers with the mod when it is here, whose version stands in its archive's address", async () => {
  await using gateway = await capableGateway();
  const mod = await addDelivered(gateway, FILE, "5f1-63d:1+a=");

  const answer = await post(gateway, { source: FILE });

  const view = ModView.parse(await answer.json());
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-location")).toBe(`/api/mods/${mod}`);
  expect(view).toMatchObject({ id: mod, source: "http", name: "Big map.zip", game: null });
  const archive = await gateway.get(view.current?.archive.url ?? "");
  expect(archive.status).toBe(200);
  expect(archive.headers.get("content-disposition")).toContain("Big map.zip.zip");
});

test("a mod from elsewhere is in the lists, under PyTorrent's address too, and can be asked for by its id", async () => {
  await using gateway = await capableGateway();
  const mod = await addDelivered(gateway, FILE, "one");
  gateway.deps.steam.item = () => expect.fail("Steam was asked");

  const list = await (await gateway.get("/api/mods?source=http")).json();
  const shelf = await (await gateway.get(`/info/mod/${mod}`)).json();
  const answers = [await gateway.get(`/download/${mod}`), await gateway.get(`/download/steam/${mod}`)];
  const again = await gateway.send("POST", `/api/mods/${mod}/fetch`);

  expect(list.items.map(({ id }: { id: string }) => id)).toEqual([mod]);
  expect(shelf.result).toMatchObject({ id: Number(mod), source: "http", name: "Big map.zip", condition: 0 });
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(again.status).toBe(200);
  const v1 = await gateway.get(`/v1/download/steam/${mod}`);
  expect(v1.headers.get("content-type")).toBe("application/zip");
  expect(await (await gateway.get(`/v1/info/mod/${mod}`)).json()).toMatchObject({
    condition: 0,
    downloaded: [null, Number(mod), "Big map.zip", expect.any(Number), expect.any(String), "http"],
  });
});

test("POST /api/jobs of a Workshop item is as asking for its id", async () => {
  await using gateway = await capableGateway();
  const item = anItem({ id: "7" });
  gateway.answers.set("7", { kind: "found", item });

  const asked = await post(gateway, { source: { kind: "workshop", app: item.app, item: "7" } });
  const wrong = await post(gateway, { source: { kind: "workshop", app: 1, item: "7" } });

  expect(asked.status).toBe(202);
  expect(JobView.parse(await asked.json()).mod).toBe("7");
  expect(wrong.status).toBe(422);
  expect((await wrong.json()).errors).toEqual([
    { field: "source.app", rule: "Must be the app of the item", allowed: [String(item.app)] },
  ]);
});

test.each([
  ["{", "", []],
  [{}, "source", []],
  [{ source: FILE, urgent: true }, "urgent", ["source"]],
  [{ source: { kind: "ftp" } }, "source.kind", ["workshop", "http", "torrent"]],
  [{ source: { url: "https://host.example/" } }, "source.kind", ["workshop", "http", "torrent"]],
  [{ source: { ...FILE, sha265: "a" } }, "source.sha265", ["kind", "url", "sha256", "mirrors"]],
  [{ source: { ...FILE, sha256: "A" } }, "source.sha256", []],
  [{ source: { kind: "http", url: "file:///etc/passwd" } }, "source.url", []],
  [{ source: { kind: "http", url: "http://127.0.0.1:9/" } }, "source.url", []],
  [{ source: { kind: "http", url: "https://me:secret@host.example/" } }, "source.url", []],
  [{ source: { kind: "torrent" } }, "source.magnet", []],
  [{ source: { kind: "torrent", magnet: "magnet:?dn=x" } }, "source.magnet", []],
  [{ source: { ...TORRENT, torrentUrl: "http://localhost/a.torrent" } }, "source.torrentUrl", []],
  [{ source: { kind: "workshop", app: 1, item: 7 } }, "source.item", []],
])("POST /api/jobs refuses %j and names the field", async (body, field, allowed) => {
  await using gateway = await capableGateway();

  const answer = await post(gateway, body);

  const { code, errors } = await answer.json();
  expect([answer.status, code]).toEqual([400, "bad_request"]);
  if (field !== "") expect(errors[0]).toMatchObject({ field, ...(allowed.length === 0 ? {} : { allowed }) });
  expect((await gateway.deps.catalogue.events(0, 5)).length).toBe(0);
});

test("POST /api/jobs asks for JSON", async () => {
  await using gateway = await capableGateway();

  const answer = await gateway.send("POST", "/api/jobs", {
    body: "source=x",
    headers: { "content-type": "text/plain" },
  });

  expect([answer.status, (await answer.json()).code]).toEqual([415, "unsupported_media_type"]);
});

test("POST /api/jobs takes private addresses where the operator allows them", async () => {
  await using gateway = await capableGateway(true);

  expect((await post(gateway, { source: { kind: "http", url: "http://127.0.0.1:9/" } })).status).toBe(202);
});

test("POST /api/jobs is not ready while nobody could fetch it", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());

  const answer = await post(gateway, { source: TORRENT });

  expect([answer.status, (await answer.json()).code]).toEqual([503, "not_ready"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await gateway.deps.catalogue.findBySource(TORRENT)).toBeNull();
});

test("POST /api/jobs tells a remembered failure with its code and what to do", async () => {
  await using gateway = await capableGateway();
  const { now, catalogue } = gateway.deps;
  const mod = await catalogue.saveSource(FILE, now());
  const failure = { code: "source_not_found", detail: "secret words", agent: null, network: null, at: now() } as const;
  const asked = { mod, source: FILE, version: askedVersion(FILE) };
  const job = await gateway.addJob({ state: "failed", failure, retryAt: now() + 60_000 }, asked);

  const answer = await post(gateway, { source: FILE });
  const text = await answer.text();

  expect([answer.status, answer.headers.get("retry-after")]).toEqual([409, "60"]);
  expect(JSON.parse(text)).toMatchObject({ job: job.id, failure: { code: "source_not_found", retryable: false } });
  expect(text).not.toContain("secret words");
});

test("POST /api/jobs answers hostile bodies with a refusal that names what is wrong, never with a fault of ours", async () => {
  await using gateway = await capableGateway();
  const kind = fc.constantFrom("workshop", "http", "torrent", "toString", 1, null);
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.jsonValue({ maxDepth: 2 }));
  const source = fc.record(
    { kind, url: value, magnet: value, torrentUrl: value, files: value, mirrors: value, app: value, item: value },
    { requiredKeys: ["kind"] },
  );

  await fc.assert(
    fc.asyncProperty(source, async (given) => {
      const answer = await post(gateway, { source: given });
      expect([202, 400]).toContain(answer.status);
      if (answer.status === 400) expect((await answer.json()).errors).not.toEqual([]);
    }),
    { numRuns: 60 },
  );
});
