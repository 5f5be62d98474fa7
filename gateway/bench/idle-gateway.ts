import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Link, startTicking } from "../src/link/link.ts";
import { acceptNodeUpgrades } from "../src/link/node-upgrade.ts";
import { listen } from "../test/listen.ts";
import { quietLink } from "../test/quiet-link.ts";

const Question = z.union([z.object({ publicKeys: z.array(z.string()) }), z.object({ measure: z.int() })]);

let link: Link | null = null;

process.on("message", (message) => void answer(Question.parse(message)));

async function answer(question: z.infer<typeof Question>): Promise<void> {
  process.send?.("publicKeys" in question ? await serve(question.publicKeys) : await measure(question.measure));
}

async function serve(publicKeys: readonly string[]): Promise<{ url: string }> {
  const quiet = await quietLink(publicKeys);
  link = quiet.link;
  startTicking(link);
  const server = createServer();
  acceptNodeUpgrades(server, link);
  return listen(server);
}

/** Once exactly `connected` agents are here. */
async function measure(connected: number): Promise<{ rss: number; heap: number; connected: number }> {
  while (link?.fleet.connected().length !== connected) await delay(50);
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc?.();
    await delay(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external, connected };
}
