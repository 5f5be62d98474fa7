import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { PART_HASH_HEADER } from "@modfleet/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Of, tempFolder } from "../../../test/archives.ts";
import { completeAt, openAt, putAt, type UploadProcess, uploadProcess } from "../../../test/upload-process.ts";
import { partOf } from "../../../test/uploads.ts";
import { createEmbedded } from "../../store/embedded.ts";
import { createUploadStore } from "../../store/uploads.ts";

const PART = 65_536;
const PARTS = 24;
const archive = Buffer.from(Array.from({ length: PARTS * PART - 77 }, (_, i) => (i * 31 + (i >> 9)) % 253));
const SHA = sha256Of(archive);

let folder: Awaited<ReturnType<typeof tempFolder>>;
const running: UploadProcess[] = [];
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.kill();
  await folder[Symbol.asyncDispose]();
});

async function start(): Promise<UploadProcess> {
  const gateway = await uploadProcess(folder.path, PART);
  running.push(gateway);
  return gateway;
}

const part = (n: number) => ({ bytes: partOf(archive, n, PART) });

/** Sends half of a part and keeps the line open. */
async function sendHalf({ url, token }: UploadProcess, path: string, n: number): Promise<void> {
  const { bytes } = part(n);
  const headers = {
    authorization: `Bearer ${token}`,
    [PART_HASH_HEADER]: sha256Of(bytes),
    "content-length": bytes.length,
  };
  const half = request(`${url}${path}`, { method: "PUT", headers });
  half.on("error", () => undefined);
  await new Promise((resolve) => half.write(bytes.subarray(0, PART / 2), resolve));
}

test("PUT …/parts/{n} loses no acknowledged part to a kill -9 in mid-part, and the rest is all that is sent again", async () => {
  const gateway = await start();
  const { upload, parts } = await openAt(gateway, archive.length, SHA);
  const last = parts.at(-1)?.url ?? "";
  await sendHalf(gateway, last, PARTS);
  const acknowledged = new Set<number>();
  let killed: Promise<void> | null = null;
  const sending = parts.slice(0, -1).map(async ({ n, url }) => {
    if ((await putAt(gateway, url, part(n))) !== 204) return;
    acknowledged.add(n);
    if (acknowledged.size === 8) killed = gateway.kill();
  });
  await Promise.all(sending);
  await killed;

  const database = createEmbedded({ path: join(folder.path, "test.db") });
  const stored = await createUploadStore(database).storedParts(upload);
  await database.close();
  const file = await readFile(join(folder.path, "uploads", upload));
  for (const n of acknowledged) expect([n, stored.has(n)]).toEqual([n, true]);
  for (const n of stored.keys()) {
    expect(partOf(file, n, PART).equals(partOf(archive, n, PART)), `part ${n}`).toBe(true);
  }

  const again = await start();
  const plan = await openAt(again, archive.length, SHA);
  const missing = plan.parts.filter(({ done }) => !done);
  for (const { n, url } of missing) expect(await putAt(again, url, part(n))).toBe(204);

  expect(plan.upload).toBe(upload);
  expect(missing.map(({ n }) => n)).toContain(PARTS);
  expect(missing.length).toBeLessThanOrEqual(PARTS - acknowledged.size);
  expect((await completeAt(again, upload)).status).toBe(200);
  expect(sha256Of(await readFile(join(folder.path, "uploads", upload)))).toBe(SHA);
});

test("PUT …/parts/{n} answers over a real socket although it stopped reading the body", async () => {
  const gateway = await start();
  const { parts } = await openAt(gateway, archive.length, SHA);
  const [{ url } = { url: "" }] = parts;

  const wrong = await putAt(gateway, url, { bytes: Buffer.alloc(PART, 3), sha256: SHA });
  const long = await putAt(gateway, url, { bytes: Buffer.alloc(PART * 8) });
  const right = await putAt(gateway, url, part(1));

  expect([wrong, long, right]).toEqual([422, 400, 204]);
});
