import { expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../test/harness.ts";
import { anItem } from "../../test/items.ts";
import { createAttemptStore } from "./attempts.ts";

const FAILED = {
  state: "failed",
  failure: { code: "item_removed", detail: "", agent: null, network: null, at: 1 },
  retryAt: null,
} as const;
const MOD = anItem().id;
const ATTEMPT = { app: 294100, name: "Example Mod", sizeBytes: 1_000, origin: "steam" } as const;

const attemptsOf = ({ deps }: TestGateway, id = MOD) => createAttemptStore(deps.database).attempts(id);

test("attempts() knows nothing of a mod that nobody asked for", async () => {
  await using gateway = await testGateway();

  expect(await attemptsOf(gateway)).toEqual({ everCame: false, running: null, failed: [] });
});

test("attempts() knows 64-bit ids and takes none beyond them for another", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ id: "9223372036854775807" }), 1);
  await gateway.addJob(FAILED, { mod: "9223372036854775807" });

  expect((await attemptsOf(gateway, "9223372036854775807")).failed).toHaveLength(1);
  expect((await attemptsOf(gateway, "9223372036854775808")).failed).toEqual([]);
});

test("attempts() gives the oldest running job and every final failure, each by the time of its request", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem(), 1);
  await gateway.addJob(FAILED, { requestedAt: 100, expectedBytes: 7 });
  await gateway.addJob(FAILED, { requestedAt: 200, expectedBytes: null });
  await gateway.addJob({ state: "cancelled" }, { requestedAt: 250 });
  await gateway.addJob({ state: "queued" }, { requestedAt: 300 });
  await gateway.addJob({ state: "queued" }, { requestedAt: 400, version: "other" });

  expect(await attemptsOf(gateway)).toEqual({
    everCame: false,
    running: { ...ATTEMPT, at: 300 },
    failed: [
      { ...ATTEMPT, at: 100, sizeBytes: 7 },
      { ...ATTEMPT, at: 200 },
    ],
  });
});

test("attempts() forgets failures once the mod came", async () => {
  await using gateway = await testGateway();
  await gateway.addJob(FAILED, { requestedAt: 100 });
  await gateway.addArchive();
  gateway.tick(1_000);
  await gateway.addJob({ state: "done" }, { requestedAt: 200, version: "other" });
  expect(await attemptsOf(gateway)).toEqual({ everCame: true, running: null, failed: [] });

  gateway.tick(1_000);
  await gateway.addJob(FAILED, { requestedAt: 300 });
  expect(await attemptsOf(gateway)).toMatchObject({ everCame: true, failed: [{ at: 300 }] });
});
