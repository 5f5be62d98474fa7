import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { diskPaths } from "../src/blobs/disk-paths.ts";
import { freePort, stopChild } from "./children.ts";
import { startNginx } from "./nginx.ts";

const MIB = 1024 * 1024;
const ARCHIVE_BYTES = 1024 * MIB;
const ACCEL_PREFIX = "/protected/";
const ROUNDS = 5;

export type Speeds = { one: number; eight: number };

/** Bytes out: one and eight connections fetch an archive of 1 GiB, MB/s, best of five; nginx sends the same file beside it. */
export async function run() {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-bench-"));
  const children: ChildProcess[] = [];
  try {
    const sha256 = await makeArchive(folder);
    const own = await startGateway(children, [folder, sha256, String(ARCHIVE_BYTES)]);
    const behind = await startGateway(children, [folder, sha256, String(ARCHIVE_BYTES), ACCEL_PREFIX]);
    const port = await freePort();
    const nginx = await startNginx({
      folder: join(folder, "nginx"),
      port,
      archives: folder,
      gateway: `http://127.0.0.1:${behind}`,
      accelPrefix: ACCEL_PREFIX,
    });
    if (nginx !== null) children.push(nginx);
    return await compare({ own, nginx: nginx === null ? null : port, sha256 });
  } finally {
    await Promise.all(children.map(stopChild));
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare({ own, nginx, sha256 }: { own: number; nginx: number | null; sha256: string }) {
  const urls = {
    gateway: `http://127.0.0.1:${own}/download/1`,
    ...(nginx === null
      ? {}
      : {
          nginx: `http://127.0.0.1:${nginx}/plain/archives/${sha256.slice(0, 2)}/${sha256}.zip`,
          accel: `http://127.0.0.1:${nginx}/download/1`,
        }),
  };
  const speeds: Record<string, Speeds> = {};
  // In turns and from both ends, so that a slow moment of the machine hits all of them.
  for (let round = 0; round < ROUNDS; round += 1) {
    const forwards = Object.entries(urls);
    for (const [name, url] of round % 2 === 0 ? forwards : forwards.toReversed()) {
      const now = { one: await megabytesPerSecond(url, 1), eight: await megabytesPerSecond(url, 8) };
      const best = speeds[name] ?? now;
      speeds[name] = { one: Math.max(best.one, now.one), eight: Math.max(best.eight, now.eight) };
      process.stderr.write(`${name}: ${now.one} MB/s with one connection, ${now.eight} MB/s with eight\n`);
    }
  }
  return { unit: "MB/s", ...speeds, ...ratios(speeds) };
}

function ratios({ gateway, nginx, accel }: Record<string, Speeds>) {
  if (gateway === undefined || nginx === undefined || accel === undefined) return { note: "nginx is not installed" };
  const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100;
  return {
    gatewayToNginx: { one: ratio(gateway.one, nginx.one), eight: ratio(gateway.eight, nginx.eight) },
    accelToNginx: { one: ratio(accel.one, nginx.one), eight: ratio(accel.eight, nginx.eight) },
  };
}

async function megabytesPerSecond(url: string, connections: number): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, () => fetchWhole(url)));
  const seconds = (performance.now() - startedAt) / 1_000;
  return Math.round((ARCHIVE_BYTES * connections) / seconds / 1_000_000);
}

async function fetchWhole(url: string): Promise<void> {
  const args = ["-s", "-f", "-o", "/dev/null", "-w", "%{size_download}", url];
  const curl = spawn("curl", args, { stdio: ["ignore", "pipe", "inherit"] });
  const [bytes] = await Promise.all([curl.stdout.setEncoding("utf8").toArray(), once(curl, "close")]);
  if (bytes.join("") !== String(ARCHIVE_BYTES)) throw new Error(`Could not fetch all of ${url}: ${bytes.join("")}`);
}

async function startGateway(children: ChildProcess[], args: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL("download-gateway.ts", import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), "line");
  return Number(line);
}

/** Random bytes, so that nothing on the way can be clever; in place as the store would have it. */
async function makeArchive(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const block = crypto.getRandomValues(new Uint8Array(64 * 1024));
  const chunk = Buffer.concat(Array.from({ length: 16 }, () => block));
  const fresh = join(folder, "archive.zip");
  const file = await open(fresh, "w");
  for (let written = 0; written < ARCHIVE_BYTES; written += chunk.length) {
    hash.update(chunk);
    await file.write(chunk);
  }
  await file.close();
  const sha256 = hash.digest("hex");
  const path = diskPaths(folder).blob(sha256);
  await mkdir(dirname(path), { recursive: true });
  await rename(fresh, path);
  return sha256;
}
