import { describe, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";
import { changeJob } from "../../actions/change-job.ts";

const { id, app: game } = anItem();

/** What was counted so far, and the durations in their order. */
async function countedBy({ deps }: TestGateway) {
  await deps.counters.flush();
  const days = await deps.statistics.days(0, deps.now());
  const durations = await deps.database.read({ sql: "SELECT kind FROM durations ORDER BY id" });
  return {
    counts: Object.fromEntries(days.map(({ kind, count }) => [kind, count])),
    took: durations.map(({ kind }) => kind),
  };
}

async function rowOf({ deps }: TestGateway) {
  const [row] = await deps.database.read({
    sql: `SELECT m.downloads, m.requested_at, g.mods_downloads FROM mods m JOIN games g ON g.id = m.app WHERE m.id = ${id}`,
  });
  return row;
}

async function onSteam(gateway: TestGateway): Promise<void> {
  gateway.connected.push(aConnected());
  gateway.answers.set(id, { kind: "found", item: anItem() });
}

describe("GET /download/{id}", () => {
  test("counts a file that is sent at the mod, its games, and in hour and day", async () => {
    await using gateway = await testGateway();
    await gateway.addArchive();
    gateway.tick(60_000);

    for (let n = 0; n < 3; n += 1) await (await gateway.get(`/download/${id}`)).arrayBuffer();

    expect(await countedBy(gateway)).toEqual({
      counts: { "/download/": 3, files_sent: 3 },
      took: Array.from({ length: 3 }, () => "download_local_ok"),
    });
    expect(await rowOf(gateway)).toEqual({ downloads: 3, requested_at: gateway.deps.now(), mods_downloads: 3 });
    expect(await gateway.deps.statistics.hours(0, gateway.deps.now())).toHaveLength(2);
  });

  test("counts no file for who has it, goes on with it, or asks for what is not in it", async () => {
    await using gateway = await testGateway();
    const { version } = await gateway.addArchive();
    const path = `/download/${id}`;

    const had = await gateway.get(path, { "if-none-match": `"${version.archive.sha256}"` });
    const rest = await gateway.get(path, { range: "bytes=5-" });
    const outside = await gateway.get(path, { range: "bytes=99999-" });
    const other = await gateway.get(path, { "if-match": '"another"' });

    expect([had.status, rest.status, outside.status, other.status]).toEqual([304, 206, 416, 412]);
    expect((await countedBy(gateway)).counts).toEqual({ "/download/": 4 });
    expect(await rowOf(gateway)).toMatchObject({ downloads: 0, mods_downloads: 0 });
  });

  test("counts nothing at all for HEAD and for what is no id", async () => {
    await using gateway = await testGateway();
    await gateway.addArchive();

    for (const path of [`/download/${id}`, "/download/5", `/download/steam/${id}`]) await gateway.send("HEAD", path);
    for (const path of ["/download/x", "/download/steam/x"]) await gateway.get(path);

    expect(await countedBy(gateway)).toEqual({ counts: {}, took: [] });
  });

  test.each([
    ["5", ["mod_not_found_local"]],
    ["99999999999999999999", ["mod_not_found_local"]],
    ["-1", ["mod_not_found_local"]],
  ])("counts %s as a mod that is not here", async (wanted, events) => {
    await using gateway = await testGateway();

    await gateway.get(`/download/${wanted}`);

    const counts = Object.fromEntries(["/download/", ...events].map((kind) => [kind, 1]));
    expect(await countedBy(gateway)).toEqual({ counts, took: ["download_local_error"] });
  });

  test("counts a lost archive as damaged, and one that is on its way as neither here nor damaged", async () => {
    await using gateway = await testGateway();
    await onSteam(gateway);
    await gateway.addArchive();
    gateway.deps.blobs.size = async () => null;

    expect(await (await gateway.get(`/download/${id}`)).json()).toMatchObject({ error_id: 2 });
    await gateway.get(`/download/steam/${id}`);
    const coming = await gateway.get(`/download/${id}`);

    expect([coming.status, await coming.json()]).toEqual([202, { message: "this mod is still loading", error_id: 3 }]);
    expect(await countedBy(gateway)).toEqual({
      counts: { "/download/": 2, "/download/steam/": 1, damaged_mod: 2 },
      took: ["download_local_error", "download_local_error"],
    });
  });
});

describe("GET /download/steam/{id}", () => {
  test("counts what is sent, and what Steam does not have", async () => {
    await using gateway = await testGateway();
    await gateway.addArchive();
    await onSteam(gateway);

    await gateway.get(`/download/steam/${id}`);
    await gateway.get("/download/steam/5");

    expect(await countedBy(gateway)).toEqual({
      counts: { "/download/steam/": 2, files_sent: 1, mod_not_found_local: 1 },
      took: ["download_steam_ok", "download_steam_error"],
    });
    expect(await rowOf(gateway)).toMatchObject({ downloads: 1, mods_downloads: 1 });
  });

  test("counts an update once, whoever else asks for it, and sends the old copy meanwhile", async () => {
    await using gateway = await testGateway();
    await gateway.addArchive();
    gateway.connected.push(aConnected());
    gateway.answers.set(id, { kind: "found", item: anItem({ versionKey: "2", updatedAt: 1_800_000_000_000 }) });

    const first = await gateway.get(`/download/steam/${id}`);
    await Promise.all(Array.from({ length: 9 }, () => gateway.get(`/download/steam/${id}`)));
    const old = await gateway.get(`/download/${id}`);

    expect(await first.json()).toMatchObject({ error_id: 0, updating: true });
    expect(old.status).toBe(200);
    expect((await countedBy(gateway)).counts).toEqual({
      "/download/steam/": 10,
      updating_mod: 1,
      "/download/": 1,
      files_sent: 1,
    });
  });

  test("a damaged mod begins anew: no downloads, requested now, while its games keep their counts", async () => {
    await using gateway = await testGateway();
    await onSteam(gateway);
    await gateway.addArchive();
    await gateway.get(`/download/${id}`);
    await gateway.deps.counters.flush();
    gateway.deps.blobs.size = async () => null;
    gateway.tick(5_000);

    const answer = await gateway.get(`/download/steam/${id}`);

    expect(await answer.json()).toMatchObject({ error_id: 0, updating: false });
    expect(await rowOf(gateway)).toEqual({ downloads: 0, requested_at: gateway.deps.now(), mods_downloads: 1 });
    expect((await countedBy(gateway)).counts).toMatchObject({ damaged_mod: 1 });
    expect(await gateway.deps.shelf.findShelfMod(id)).toMatchObject({ app: game, condition: 2, downloads: 0 });
  });

  test("counts the transfer when it ends, timed from the request", async () => {
    await using gateway = await testGateway();
    await onSteam(gateway);
    await gateway.get(`/download/steam/${id}`);
    await gateway.get(`/download/steam/${id}`);
    gateway.tick(7_000);
    const job = await gateway.deps.jobs.latestFor(id);
    const who = { agent: aConnected().agent, network: "192.0.2.1" };
    const failure = { code: "needs_owner", detail: "" } as const;
    await changeJob(gateway.deps, job?.id ?? "", { event: { type: "claimed", ...who } });

    await changeJob(gateway.deps, job?.id ?? "", {
      event: { type: "failed", ...who, epoch: 1, failure, confirmed: true, random: 0 },
    });

    expect(await countedBy(gateway)).toEqual({
      counts: { "/download/steam/": 2, download_from_steam_error: 1 },
      took: ["steam_error", "download_steam_error"],
    });
    expect(await gateway.deps.statistics.meanDuration(["steam_error"], 20)).toBe(7_000);
  });

  test("nobody who could do it: nothing is stored but that somebody asked", async () => {
    await using gateway = await testGateway();
    gateway.answers.set(id, { kind: "found", item: anItem() });
    const before = await gateway.deps.shelf.revision();

    expect((await gateway.get(`/download/steam/${id}`)).status).toBe(503);

    expect(await countedBy(gateway)).toEqual({ counts: { "/download/steam/": 1 }, took: ["download_steam_error"] });
    expect(await gateway.deps.shelf.revision()).toBe(before);
  });
});
