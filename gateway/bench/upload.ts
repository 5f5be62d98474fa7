import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { PART_HASH_HEADER } from "@modfleet/protocol";
import { z } from "zod";
import { tempFolder } from "../test/archives.ts";
import { completeAt, openAt, type UploadProcess, uploadProcess } from "../test/upload-process.ts";

const MIB = 1024 * 1024;
const PART_BYTES = 8 * MIB;
const PARTS = 128;
const PARALLEL = 4;

const Report = z.object({
  p99: z.number(),
  max: z.number(),
  rssBefore: z.number(),
  rssPeak: z.number(),
  cpuMs: z.number(),
});

/** 1 GiB in parts of 8 MiB over loopback into a gateway of its own process: hashed, durable, recorded. */
export async function run(): Promise<Record<string, unknown>> {
  await using folder = await tempFolder();
  const source = await makeSource(folder.path);
  const gateway = await uploadProcess(folder.path, PART_BYTES);
  try {
    await send(gateway, await makeWarmUp(source));
    gateway.child.send("measure");
    const startedAt = performance.now();
    await send(gateway, source);
    const seconds = (performance.now() - startedAt) / 1_000;
    const report = gateway.hear();
    gateway.child.send("report");
    const { p99, max, rssBefore, rssPeak, cpuMs } = Report.parse(await report);
    const bytes = source.parts.length * PART_BYTES;
    return {
      mebibytes: bytes / MIB,
      ...{ partMebibytes: PART_BYTES / MIB, parallel: PARALLEL, seconds: round(seconds) },
      megabytesPerSecond: round(bytes / 1e6 / seconds),
      gatewayMemoryGrowthMebibytes: round((rssPeak - rssBefore) / MIB),
      eventLoopDelayP99Ms: round(p99),
      eventLoopDelayMaxMs: round(max),
      gatewayCpuSeconds: round(cpuMs / 1_000),
      reach: { megabytesPerSecond: 100, gatewayMemoryGrowthMebibytes: 64, eventLoopDelayP99Ms: 50 },
    };
  } finally {
    await gateway.kill();
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

type Source = { path: string; sha256: string; parts: { n: number; sha256: string }[] };

/** A file that does not shrink, with the hashes an agent has at hand after packing. */
async function makeSource(folder: string): Promise<Source> {
  const path = join(folder, "source.bin");
  const file = await open(path, "w");
  const whole = createHash("sha256");
  const block = randomFillSync(Buffer.allocUnsafe(PART_BYTES));
  const parts: Source["parts"] = [];
  for (let n = 1; n <= PARTS; n += 1) {
    block.writeUInt32LE(n, 0);
    whole.update(block);
    parts.push({ n, sha256: createHash("sha256").update(block).digest("hex") });
    await file.write(block);
  }
  await file.sync();
  await file.close();
  return { path, sha256: whole.digest("hex"), parts };
}

/** The first parts as an archive of their own, so that the gateway's memory is measured when it is warm. */
async function makeWarmUp(source: Source): Promise<Source> {
  return { ...source, sha256: source.parts[0]?.sha256 ?? "", parts: source.parts.slice(0, 2 * PARALLEL) };
}

async function send(gateway: UploadProcess, { path, sha256, parts }: Source): Promise<void> {
  const file = await open(path, "r");
  const sockets = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const { upload, parts: planned } = await openAt(gateway, parts.length * PART_BYTES, sha256);
  const waiting = planned.values();
  const sender = async (): Promise<void> => {
    const bytes = Buffer.allocUnsafe(PART_BYTES);
    for (const { n, url } of waiting) {
      await file.read(bytes, 0, PART_BYTES, (n - 1) * PART_BYTES);
      await put(gateway, { path: url, bytes, sha256: parts[n - 1]?.sha256 ?? "", sockets });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, sender));
  const { status } = await completeAt(gateway, upload);
  if (status !== 200) throw new Error(`The gateway answered ${status} to the end of the upload`);
  sockets.destroy();
  await file.close();
}

type Part = { path: string; bytes: Buffer; sha256: string; sockets: Agent };

async function put({ url, token }: UploadProcess, { path, bytes, sha256, sockets }: Part): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-length": bytes.length,
    [PART_HASH_HEADER]: sha256,
  };
  const sent = request(`${url}${path}`, { method: "PUT", agent: sockets, headers });
  sent.end(bytes);
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 204) throw new Error(`The gateway answered ${response.statusCode} to a part`);
}
