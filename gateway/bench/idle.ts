import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const AGENTS = 5_000;
const STEP_WITHIN_MS = 120_000;

const Keys = z.object({ publicKeys: z.array(z.string()) });
const Listening = z.object({ url: z.url() });
const Memory = z.object({ rss: z.number(), heap: z.number(), connected: z.int() });

/** Bytes that one connected, authenticated, idle agent costs the gateway's process, after garbage collection. */
export async function run(): Promise<Record<string, number>> {
  const gateway = start("idle-gateway.ts", ["--expose-gc"]);
  const clients = start("idle-clients.ts", []);
  try {
    const { publicKeys } = Keys.parse(await ask(clients, { make: AGENTS }));
    const { url } = Listening.parse(await ask(gateway, { publicKeys }));
    // The first connections compile code and size pools; that is no agent's cost.
    await ask(clients, { url, connect: 500 });
    await ask(clients, { hangUp: true });
    const before = Memory.parse(await ask(gateway, { measure: 0 }));
    const startedAt = performance.now();
    await ask(clients, { url, connect: AGENTS });
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = Memory.parse(await ask(gateway, { measure: AGENTS }));
    return {
      agents: after.connected,
      rssBytesPerAgent: Math.round((after.rss - before.rss) / AGENTS),
      heapBytesPerAgent: Math.round((after.heap - before.heap) / AGENTS),
      connectsPerSecond: Math.round(AGENTS / seconds),
    };
  } finally {
    gateway.kill("SIGKILL");
    clients.kill("SIGKILL");
  }
}

function start(file: string, execArgv: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv, stdio: "inherit" });
}

/** One question, one answer; a child that dies meanwhile fails the run instead of leaving it waiting. */
async function ask(child: ChildProcess, question: object): Promise<unknown> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(STEP_WITHIN_MS)]);
  const died = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`A child of the benchmark ended with ${code}`);
  });
  const answered = once(child, "message", { signal });
  child.send(question);
  try {
    const [answer] = await Promise.race([answered, died]);
    return answer;
  } finally {
    settled.abort();
    await Promise.allSettled([died, answered]);
  }
}
