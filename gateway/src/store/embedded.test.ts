import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseContract } from "../../test/database.contract.ts";
import { createEmbedded } from "./embedded.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modfleet-embedded-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

databaseContract("createEmbedded() on a file", async () => createEmbedded({ path: join(folder, "contract.db") }));
databaseContract("createEmbedded() in memory", async () => createEmbedded({ path: ":memory:" }));

test("createEmbedded() keeps what was acknowledged when it is opened again", async () => {
  const path = join(folder, "again.db");
  const first = createEmbedded({ path });
  await first.write({ sql: "CREATE TABLE t (n INTEGER) STRICT" });
  await first.write({ sql: "INSERT INTO t VALUES (1)" });
  await first.close();

  const second = createEmbedded({ path });

  expect(await second.read({ sql: "SELECT n FROM t" })).toEqual([{ n: 1 }]);
  await second.close();
});

test("createEmbedded() commits durably: WAL and a sync at each commit", async () => {
  const database = createEmbedded({ path: join(folder, "settings.db") });

  const rows = await database.batch([{ sql: "PRAGMA journal_mode" }, { sql: "PRAGMA synchronous" }]);

  expect(rows).toEqual([[{ journal_mode: "wal" }], [{ synchronous: 2 }]]);
  await database.close();
});

test("createEmbedded() in bulk syncs at checkpoints and keeps what it wrote once it is closed", async () => {
  const path = join(folder, "bulk.db");
  const database = createEmbedded({ path, isBulk: true });

  const rows = await database.batch([{ sql: "PRAGMA synchronous" }, { sql: "PRAGMA wal_autocheckpoint" }]);
  await database.write({ sql: "CREATE TABLE t (n INTEGER) STRICT" });
  await database.close();

  expect(rows).toEqual([[{ synchronous: 1 }], [{ wal_autocheckpoint: 12_000 }]]);
  const again = createEmbedded({ path });
  expect(await again.read({ sql: "SELECT n FROM t" })).toEqual([]);
  await again.close();
});

test("close() waits for writes that are still on their way", async () => {
  const path = join(folder, "closing.db");
  const database = createEmbedded({ path });
  const writes = [
    database.write({ sql: "CREATE TABLE t (n INTEGER)" }),
    database.write({ sql: "INSERT INTO t VALUES (1)" }),
  ];

  await database.close();

  await expect(Promise.all(writes)).resolves.toHaveLength(2);
  const again = createEmbedded({ path });
  expect(await again.read({ sql: "SELECT n FROM t" })).toEqual([{ n: 1 }]);
  await again.close();
});
