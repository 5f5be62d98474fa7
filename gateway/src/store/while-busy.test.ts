import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBusy } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
import { openConnection } from "./libsql-connection.ts";
import { whileBusy } from "./while-busy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modfleet-busy-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const busy = () => Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });

test("whileBusy() repeats until nothing is in the way", async () => {
  let tries = 0;

  const value = await whileBusy(() => {
    tries += 1;
    if (tries < 4) throw busy();
    return "done";
  }, 5_000);

  expect([value, tries]).toEqual(["done", 4]);
});

test("whileBusy() gives up with the database's own words when its time is over", async () => {
  await expect(whileBusy(() => Promise.reject(busy()), 5)).rejects.toThrow("database is locked");
});

test("whileBusy() does not repeat what failed for another reason", async () => {
  let tries = 0;

  const failing = whileBusy(() => {
    tries += 1;
    throw new Error("no such table");
  }, 5_000);

  await expect(failing).rejects.toThrow("no such table");
  expect(tries).toBe(1);
});

test("write() behind a transaction that does not end fails as busy, and the next one works", async () => {
  const path = join(folder, "held.db");
  const database = createEmbedded({ path, busyMs: 30 });
  await database.write({ sql: "CREATE TABLE t (n INTEGER) STRICT" });
  const holder = openConnection(path, { readOnly: false });
  holder.exec("BEGIN IMMEDIATE");

  const refused = await Promise.all(
    [1, 2].map((n) => database.write({ sql: `INSERT INTO t VALUES (${n})` }).catch((reason: unknown) => reason)),
  );
  holder.exec("ROLLBACK");
  holder.close();
  await database.write({ sql: "INSERT INTO t VALUES (3)" });

  expect(refused.map(isBusy)).toEqual([true, true]);
  expect(await database.read({ sql: "SELECT n FROM t" })).toEqual([{ n: 3 }]);
  await database.close();
});

test("read() goes on while another connection is in the middle of writing", async () => {
  const path = join(folder, "reading.db");
  const database = createEmbedded({ path });
  await database.write({ sql: "CREATE TABLE t (n INTEGER) STRICT" });
  const holder = openConnection(path, { readOnly: false });
  holder.exec("BEGIN IMMEDIATE");
  holder.exec("INSERT INTO t VALUES (1)");

  expect(await database.read({ sql: "SELECT n FROM t" })).toEqual([]);

  holder.exec("COMMIT");
  holder.close();
  expect(await database.read({ sql: "SELECT n FROM t" })).toEqual([{ n: 1 }]);
  await database.close();
});
