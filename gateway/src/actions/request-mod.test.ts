import { describe, expect, test } from "vitest";
import { anItem } from "../../test/items.ts";
import { aConnected, type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { aResult } from "../../test/jobs.ts";
import { publish } from "../../test/publish.ts";
import { changeJob } from "./change-job.ts";
import { requestMod } from "./request-mod.ts";

const id = anItem().id;
const request = (world: JobWorld, requester = "alice") => requestMod(world.deps, { id, requester });

async function worldWithItem(): Promise<JobWorld> {
  const world = await jobWorld();
  world.answers.set(id, { kind: "found", item: anItem() });
  world.connected.push(aConnected());
  return world;
}

async function finishBehindItsBack(world: JobWorld, job: string): Promise<void> {
  const { agent, network } = aConnected();
  await changeJob(world.deps, job, { event: { type: "claimed", agent, network } });
  await changeJob(world.deps, job, { event: { type: "finished", result: aResult() } });
  await publish(world, anItem());
  await changeJob(world.deps, job, { event: { type: "verified", version: anItem().versionKey } });
}

describe("requestMod()", () => {
  test("queues what is not here and keeps what Steam said", async () => {
    await using world = await worldWithItem();

    const answer = await request(world);

    expect(answer).toMatchObject({
      kind: "queued",
      created: true,
      updating: false,
      failedBefore: false,
      job: { state: "queued", mod: id },
    });
    expect(await world.deps.catalogue.findMod(id)).toMatchObject({ name: "Example Mod", current: null });
  });

  test("tells exactly one of ten thousand at once that it created the job", async () => {
    await using world = await worldWithItem();

    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, n) => request(world, `r${n}`)));

    expect(answers.filter((answer) => answer.kind === "queued" && answer.created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => (answer.kind === "queued" ? answer.job.id : "none"))).size).toBe(1);
  }, 60_000);

  test("serves what is here and current", async () => {
    await using world = await worldWithItem();
    await publish(world, anItem());

    expect(await request(world)).toMatchObject({ kind: "ready", mod: { current: { key: anItem().versionKey } } });
  });

  test("takes over new facts of what is current, and leaves alone what PyTorrent said about its own archives", async () => {
    await using world = await worldWithItem();
    await publish(world, anItem());
    world.answers.set(id, { kind: "found", item: anItem({ title: "Renamed" }) });
    await request(world);
    expect(await world.deps.catalogue.findMod(id)).toMatchObject({ name: "Renamed" });

    const { current } = (await world.deps.catalogue.findMod(id)) ?? {};
    if (!current) throw new Error("Nothing is published");
    const provenance = { ...current.provenance, tool: "pytorrent" };
    const sourceUpdatedAt = current.sourceUpdatedAt + 1;
    const takenOver = { ...current, key: "taken over", sourceUpdatedAt, at: world.deps.now(), provenance };
    await world.database.batch(world.deps.catalogue.publishStatements(takenOver));
    world.answers.set(id, { kind: "found", item: anItem({ title: "Renamed once more" }) });

    expect(await request(world)).toMatchObject({ kind: "ready" });
    expect(await world.deps.catalogue.findMod(id)).toMatchObject({ name: "Renamed" });
  });

  test("what comes back into the library was downloaded by nobody yet and is asked for now", async () => {
    await using world = await worldWithItem();
    await world.deps.catalogue.saveItem(anItem(), 1);
    await world.database.write({
      sql: "UPDATE mods SET kept_condition = 0, condition = 0, downloads = 5, requested_micros = 7",
    });

    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => request(world, `r${n}`)));

    expect(answers.filter((answer) => answer.kind === "queued" && answer.damaged)).toHaveLength(1);
    expect(answers.filter((answer) => answer.kind === "queued" && answer.updating)).toEqual([]);
    const columns = "downloads, requested_at, requested_micros, condition";
    expect(await world.database.read({ sql: `SELECT ${columns} FROM mods` })).toEqual([
      { downloads: 0, requested_at: world.deps.now(), requested_micros: 0, condition: 2 },
    ]);
  });

  test("what was never on the shelf is not damaged, and asked for now, also by the second try", async () => {
    await using world = await worldWithItem();
    await world.deps.catalogue.saveItem(anItem(), 1);

    expect(await request(world)).toMatchObject({ kind: "queued", created: true, damaged: false });

    expect(await world.deps.catalogue.findMod(id)).toMatchObject({ requestedAt: world.deps.now() });
  });

  test("queues an update when Steam has a newer version, and the old copy stays", async () => {
    await using world = await worldWithItem();
    await publish(world, anItem());
    world.answers.set(id, { kind: "found", item: anItem({ versionKey: "2", updatedAt: 1_800_000_000_000 }) });

    expect(await request(world)).toMatchObject({
      kind: "queued",
      updating: true,
      damaged: false,
      job: { version: "2" },
    });
    expect((await world.deps.catalogue.findMod(id))?.current?.key).toBe(anItem().versionKey);
  });

  test.each(["removed", "unavailable"] as const)("serves what is here while Steam says %s", async (kind) => {
    await using world = await worldWithItem();
    await publish(world, anItem());
    world.answers.set(id, kind === "removed" ? { kind } : { kind, retryAfterMs: 1 });

    expect(await request(world)).toMatchObject({ kind: "ready" });
  });

  test("does not find what Steam removed and nobody kept", async () => {
    await using world = await worldWithItem();
    world.answers.set(id, { kind: "removed" });

    expect(await request(world)).toEqual({ kind: "not_found" });
  });

  test("queues again what was published and whose bytes are lost", async () => {
    await using world = await worldWithItem();
    await publish(world, anItem());
    const deps = { ...world.deps, blobs: { ...world.deps.blobs, size: async () => null } };

    expect(await requestMod(deps, { id, requester: "alice" })).toMatchObject({
      kind: "queued",
      created: true,
      updating: false,
      damaged: true,
    });
  });

  test("never queues a version that was published while it looked around", async () => {
    await using world = await worldWithItem();
    const { deps } = world;
    const first = await request(world);
    if (first.kind !== "queued") throw new Error(first.kind);
    const steam = {
      ...deps.steam,
      async item(item: string) {
        const answer = await deps.steam.item(item);
        // The catalogue was read already: from here on this request believes that nothing is there.
        if ((await deps.jobs.find(first.job.id))?.state === "queued") await finishBehindItsBack(world, first.job.id);
        return answer;
      },
    };

    expect(await requestMod({ ...deps, steam }, { id, requester: "bob" })).toMatchObject({ kind: "ready" });
    expect(await world.database.read({ sql: "SELECT id FROM jobs" })).toHaveLength(1);
  });

  test("a request that came between a job's last time stamp and its commit does not queue it again", async () => {
    await using world = await worldWithItem();
    const { deps } = world;
    const first = await request(world);
    if (first.kind !== "queued") throw new Error(first.kind);
    const findMod = async (mod: string) => {
      const before = await deps.catalogue.findMod(mod);
      if ((await deps.jobs.find(first.job.id))?.state === "queued") await finishBehindItsBack(world, first.job.id);
      return before;
    };
    const late = { ...deps, catalogue: { ...deps.catalogue, findMod }, now: () => deps.now() + 500 };

    expect(await requestMod(late, { id, requester: "bob" })).toMatchObject({ kind: "ready" });
    expect(await world.database.read({ sql: "SELECT id FROM jobs" })).toHaveLength(1);
  });

  test("queues at once what was published a moment ago and is lost already", async () => {
    await using world = await worldWithItem();
    const first = await request(world);
    if (first.kind !== "queued") throw new Error(first.kind);
    await finishBehindItsBack(world, first.job.id);
    const deps = { ...world.deps, blobs: { ...world.deps.blobs, size: async () => null } };

    expect(await requestMod(deps, { id, requester: "bob" })).toMatchObject({ kind: "queued", created: true });
  });

  test("names a collection and creates nothing", async () => {
    await using world = await worldWithItem();
    world.answers.set(id, { kind: "collection" });

    expect(await request(world)).toEqual({ kind: "is_collection" });
    expect(await world.deps.jobs.latestFor(id)).toBeNull();
  });

  test("is not ready while nobody could do it, and creates nothing", async () => {
    await using world = await worldWithItem();
    world.connected.length = 0;

    expect(await request(world)).toMatchObject({ kind: "not_ready" });
    expect(await world.deps.jobs.latestFor(id)).toBeNull();
    expect(await world.deps.catalogue.findMod(id)).toBeNull();
  });

  test("serves the old copy and changes nothing while an update cannot be fetched", async () => {
    await using world = await worldWithItem();
    await publish(world, anItem());
    const before = await world.deps.shelf.revision();
    world.connected.length = 0;
    world.answers.set(id, { kind: "found", item: anItem({ versionKey: "2", title: "New" }) });

    expect(await request(world)).toMatchObject({ kind: "ready", mod: { current: { key: anItem().versionKey } } });
    expect(await world.deps.shelf.revision()).toBe(before);
  });

  test("joins a job on its way while Steam is down", async () => {
    await using world = await worldWithItem();
    await request(world);
    world.answers.set(id, { kind: "unavailable", retryAfterMs: 7 });

    expect(await request(world)).toMatchObject({ kind: "queued", created: false });
  });

  test("says how long to wait when Steam is down and nothing is here", async () => {
    await using world = await worldWithItem();
    world.answers.set(id, { kind: "unavailable", retryAfterMs: 7 });

    expect(await request(world)).toEqual({ kind: "steam_unavailable", retryAfterMs: 7 });
  });

  test("forgets that an item was removed once Steam shows it again", async () => {
    await using world = await worldWithItem();
    const first = await request(world);
    if (first.kind !== "queued") throw new Error(first.kind);
    const who = { agent: aConnected().agent, network: "192.0.2.1" };
    await changeJob(world.deps, first.job.id, { event: { type: "claimed", ...who } });
    const failure = { code: "item_removed", detail: "" } as const;
    await changeJob(world.deps, first.job.id, {
      event: { type: "failed", ...who, epoch: 1, failure, confirmed: true, random: 0 },
    });
    world.answers.set(id, { kind: "removed" });
    expect(await request(world)).toEqual({ kind: "not_found" });

    world.answers.set(id, { kind: "found", item: anItem() });
    expect(await request(world)).toMatchObject({ kind: "queued", created: true, failedBefore: true });
  });

  test("remembers a final failure for its time and then tries again", async () => {
    await using world = await worldWithItem();
    const first = await request(world);
    if (first.kind !== "queued") throw new Error(first.kind);
    const who = { agent: aConnected().agent, network: "192.0.2.1" };
    await changeJob(world.deps, first.job.id, { event: { type: "claimed", ...who } });
    const failure = { code: "needs_owner", detail: "" } as const;
    await changeJob(world.deps, first.job.id, {
      event: { type: "failed", ...who, epoch: 1, failure, confirmed: true, random: 0 },
    });

    expect(await request(world)).toMatchObject({ kind: "failed", job: { id: first.job.id } });
    world.tick(8 * 86_400_000);
    const second = await request(world);
    expect(second).toMatchObject({ kind: "queued", created: true, failedBefore: true });

    // Neither does somebody's change of mind make the failure undone.
    if (second.kind === "queued") await changeJob(world.deps, second.job.id, { event: { type: "cancelled" } });
    expect(await request(world)).toMatchObject({ kind: "queued", created: true, failedBefore: true });
  });
});
