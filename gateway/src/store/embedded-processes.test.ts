import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createEmbedded } from "./embedded.ts";
import { readMigrations } from "./migrate.ts";

const CHILD = fileURLToPath(new URL("../../test/database-child.ts", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modfleet-processes-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Writer = { acknowledged(): string[]; kill(): Promise<void> };

/** A process that writes and says what was acknowledged, until it is killed without warning. */
function startWriter(path: string, label: string): Writer {
  const child = spawn(process.execPath, [CHILD, "write", path, label], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    // The last piece is empty or a line that was cut off.
    acknowledged: () => output.split("\n").slice(0, -1),
    kill: () => killed(child),
  };
}

async function killed(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

test("write() from two processes loses nothing acknowledged when one is killed in its midst", async () => {
  const path = join(folder, "killed.db");
  const database = createEmbedded({ path });
  await database.write({ sql: "CREATE TABLE acknowledged (key TEXT PRIMARY KEY) STRICT" });
  const first = startWriter(path, "first");
  const second = startWriter(path, "second");

  await vi.waitFor(() => expect(first.acknowledged().length).toBeGreaterThan(100), { timeout: 20_000 });
  await vi.waitFor(() => expect(second.acknowledged().length).toBeGreaterThan(100), { timeout: 20_000 });
  await first.kill();
  const before = second.acknowledged().length;
  await vi.waitFor(() => expect(second.acknowledged().length).toBeGreaterThan(before + 100), { timeout: 20_000 });
  await second.kill();

  const rows = await database.read({ sql: "SELECT key FROM acknowledged" });
  const stored = new Set(rows.map((row) => row["key"]));
  const missing = [...first.acknowledged(), ...second.acknowledged()].filter((key) => !stored.has(key));
  expect(missing).toEqual([]);
  expect(await database.read({ sql: "PRAGMA integrity_check" })).toEqual([{ integrity_check: "ok" }]);
  await database.close();
});

test("migrate() in two processes at once runs each migration exactly once", async () => {
  const path = join(folder, "migrated.db");
  const children = [1, 2].map(() =>
    spawn(process.execPath, [CHILD, "migrate", path], { stdio: ["ignore", "pipe", "inherit"] }),
  );

  const ran = await Promise.all(children.map(async (child): Promise<string[]> => JSON.parse(await text(child.stdout))));

  const names = (await readMigrations()).map(({ name }) => name);
  expect(ran.flat().sort()).toEqual(names.sort());
});

test("write() waits for another process's transaction and then happens", async () => {
  const path = join(folder, "busy.db");
  const database = createEmbedded({ path });
  await database.write({ sql: "CREATE TABLE acknowledged (key TEXT PRIMARY KEY) STRICT" });
  const other = startWriter(path, "other");
  await vi.waitFor(() => expect(other.acknowledged().length).toBeGreaterThan(0), { timeout: 20_000 });

  const own = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      database.write({ sql: "INSERT INTO acknowledged (key) VALUES (:key) RETURNING key", args: { key: `own-${n}` } }),
    ),
  );

  await other.kill();
  expect(own.flat()).toHaveLength(100);
  await database.close();
});
