import { z } from "zod";
import { quietAgentId } from "../test/quiet-link.ts";
import { type AgentKey, connectWireAgent, newAgentKey, type WireAgent } from "../test/wire-agent.ts";

const Question = z.union([
  z.object({ make: z.int() }),
  z.object({ url: z.url(), connect: z.int() }),
  z.object({ hangUp: z.literal(true) }),
]);

/** Below the limit on strangers of one address. */
const AT_ONCE = 16;
const BEAT_EVERY_MS = 15_000;

let keys: AgentKey[] = [];
let agents: WireAgent[] = [];

process.on("message", (message) => void answer(Question.parse(message)));
setInterval(() => {
  for (const agent of agents) agent.say({ type: "beat", leases: [], freeBytes: 1 });
}, BEAT_EVERY_MS);

async function answer(question: z.infer<typeof Question>): Promise<void> {
  if ("make" in question) {
    keys = Array.from({ length: question.make }, newAgentKey);
    process.send?.({ publicKeys: keys.map(({ publicKey }) => publicKey) });
  } else if ("connect" in question) {
    const waiting = keys.slice(0, question.connect).entries();
    await Promise.all(Array.from({ length: AT_ONCE }, () => connectEach(waiting, question.url)));
    process.send?.({ connected: agents.length });
  } else {
    await Promise.all(agents.map((agent) => agent.close()));
    agents = [];
    process.send?.({});
  }
}

/** Several of these share one iterator. Each agent says `ready` and a first beat, as real ones do. */
async function connectEach(waiting: Iterable<[number, AgentKey]>, url: string): Promise<void> {
  for (const [n, key] of waiting) {
    const agent = await connectWireAgent({ url, id: quietAgentId(n), key });
    agent.ready(2);
    agent.say({ type: "beat", leases: [], freeBytes: 1 });
    await agent.next("beaten");
    agents.push(agent);
  }
}
