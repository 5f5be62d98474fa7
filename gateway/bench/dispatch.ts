import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayMessage, treeHash, UploadPlan } from "@modfleet/protocol";
import { requestMod } from "../src/actions/request-mod.ts";
import { createApp } from "../src/app.ts";
import { startTicking } from "../src/link/link.ts";
import { listenOnNode } from "../src/listen-node.ts";
import { startLoops } from "../src/loops/start.ts";
import { openServices, type Services } from "../src/services.ts";
import { anItem } from "../test/fake-steam.ts";
import { testConfig } from "../test/test-config.ts";
import { connectWireAgent, type WireAgent } from "../test/wire-agent.ts";

const AGENTS = 50;
const SLOTS = 4;
const JOBS = 3_000;
const FIRST_ID = 3_000_000_000;

/** A zip of one empty file `a`: dispatch is measured here, not upload. */
const ZIP = Buffer.from(
  "504b03040a00000000000000210000000000000000000000000001000000615" +
    "04b01021e030a000000000000002100000000000000000000000000010000000000000000000000a481000000006" +
    "1504b050600000000010001002f0000001f0000000000",
  "hex",
);
const EMPTY = createHash("sha256").digest("hex");
const PACKED = {
  bytes: ZIP.length,
  sha256: createHash("sha256").update(ZIP).digest("hex"),
  tree: treeHash([{ path: "a", size: 0, sha256: EMPTY }], createHash("sha256")),
};

/** Jobs a second from request to `settled`, each with its rows committed durably, over 50 agents on real sockets. */
export async function run(): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-dispatch-"));
  const services = await openGateway(folder);
  const app = createApp(services.deps);
  const fetch = (request: Request, bindings: object) => app.fetch(request, bindings);
  const listening = await listenOnNode({ host: "127.0.0.1", port: 0, fetch, link: services.link });
  const stopTicking = startTicking(services.link);
  const loops = startLoops(services.deps);
  try {
    return await measure(services, `http://127.0.0.1:${listening.port}`);
  } finally {
    stopTicking();
    services.link.fleet.closeAll();
    await Promise.all([loops.stop(), listening.close()]);
    await services.close();
    await rm(folder, { recursive: true });
  }
}

async function openGateway(folder: string): Promise<Services> {
  const config = testConfig({
    ...{ dataFolder: folder, blobsFolder: folder, database: { url: `file:${join(folder, "bench.db")}`, token: null } },
    ...{ openEnrolment: true, steamRuns: { burst: 1e6, everyMs: 1 }, steamCalls: { burst: 1e6, everyMs: 1 } },
    logLevel: "error",
  });
  return await openServices(config, { now: Date.now, random: Math.random, randomBytes, fetch: steamAnswers });
}

/** Steam's answer without a network: the fetch that is handed in. */
const steamAnswers: typeof globalThis.fetch = async (_, init) => {
  const ids = [...new URLSearchParams(String(init?.body))].flatMap(([name, id]) => (name === "itemcount" ? [] : [id]));
  const details = ids.map((id) => anItem(id));
  return Response.json({ response: { result: 1, resultcount: ids.length, publishedfiledetails: details } });
};

async function measure({ deps }: Services, url: string): Promise<Record<string, number>> {
  const settled = new Set<string>();
  const agents = await Promise.all(Array.from({ length: AGENTS }, () => startAgent(deps, url, settled)));
  const done = Promise.withResolvers<number>();
  const look = setInterval(() => settled.size >= JOBS + 1 && done.resolve(performance.now()), 5);
  await requestMod(deps, { id: String(FIRST_ID), requester: "warm-up" });
  await untilPublished(deps, 1);

  const startedAt = performance.now();
  const ids = Array.from({ length: JOBS }, (_, n) => String(FIRST_ID + 1 + n));
  await Promise.all(ids.map((id) => requestMod(deps, { id, requester: `r${Number(id) % 100}` })));
  const requestedAt = performance.now();
  const settledAt = await done.promise;
  clearInterval(look);
  await untilPublished(deps, JOBS + 1);
  const publishedAt = performance.now();
  await Promise.all(agents.map((agent) => agent.close()));
  const perSecond = (until: number): number => Math.round((JOBS / (until - startedAt)) * 1_000);
  return {
    ...{ agents: AGENTS, jobs: JOBS, requestedPerSecond: perSecond(requestedAt) },
    ...{ settledPerSecond: perSecond(settledAt), publishedPerSecond: perSecond(publishedAt) },
  };
}

async function untilPublished({ database }: Services["deps"], count: number): Promise<void> {
  for (;;) {
    const rows = await database.read({ sql: "SELECT count(*) AS done FROM jobs WHERE state = 'done'" });
    if (Number(rows[0]?.["done"]) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function startAgent({ agents }: Services["deps"], url: string, settled: Set<string>): Promise<WireAgent> {
  const agent = await connectWireAgent({ url, slots: SLOTS });
  await agents.setStatus(agent.id, "trusted");
  agent.socket.on("message", (data) => void answer(agent, url, { settled, message: JSON.parse(String(data)) }));
  agent.ready(SLOTS);
  return agent;
}

/** What an agent says and sends for one job, without the work in between. */
async function answer(
  agent: WireAgent,
  url: string,
  { settled, message }: { settled: Set<string>; message: GatewayMessage },
): Promise<void> {
  // The mailbox of the test client keeps everything; here nobody reads it.
  agent.heard.length = 0;
  if (message.type === "policy") agent.ready(SLOTS);
  if (message.type === "settled") {
    settled.add(message.job);
    agent.ready(SLOTS);
  }
  if (message.type !== "offer") return;
  const ref = { job: message.job, epoch: message.epoch };
  agent.say({ type: "accept", ...ref });
  const upload = await send(url, message.uploadToken);
  const manifest = message.source.kind === "workshop" ? `77${message.source.item}` : null;
  agent.say({ type: "finished", ...ref, upload, ...PACKED, fetched: { tool: "bench", manifest } });
}

async function send(url: string, token: string): Promise<string> {
  const authorization = `Bearer ${token}`;
  const json = { authorization, "content-type": "application/json" };
  const { bytes, sha256 } = PACKED;
  const opened = await fetch(`${url}/agent/v1/uploads`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ bytes, sha256 }),
  });
  const plan = UploadPlan.parse(await opened.json());
  if (plan.complete) return plan.upload;
  for (const part of plan.parts) {
    const headers = { authorization, "x-part-sha256": sha256, "content-type": "application/octet-stream" };
    await fetch(new URL(part.url, url), { method: "PUT", headers, body: ZIP });
  }
  await fetch(`${url}/agent/v1/uploads/${plan.upload}/complete`, { method: "POST", headers: json });
  return plan.upload;
}
