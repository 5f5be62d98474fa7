import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import type { Fleet } from "./fleet.ts";
import { askUntil, digestsIn, until } from "./wait.ts";

const JobView = z.looseObject({ id: z.string(), state: z.string(), stage: z.string().nullable() });
const AgentJobs = z.object({ work: z.object({ jobs: z.array(z.looseObject({ stage: z.string() })) }) });
const Versions = z.object({ items: z.array(z.looseObject({ version: z.string() })) });

/** Asks for a mod as soon as somebody can fetch it; gives back the job's address. */
export async function ask(fleet: Pick<Fleet, "url">, id: string): Promise<string> {
  await agentIsConnected(fleet);
  const response = await fetch(`${fleet.url}/download/steam/${id}`);
  expect(response.status).toBe(202);
  return new URL(response.headers.get("location") ?? "", fleet.url).href;
}

export async function agentIsConnected({ url }: Pick<Fleet, "url">): Promise<void> {
  await until("an agent is connected", async () => /"slots":[1-9]/.test(await textAt(`${url}/api/fleet`)));
}

export async function readJob(job: string): Promise<z.infer<typeof JobView>> {
  return JobView.parse(await (await fetch(job)).json());
}

/** The stages of the jobs that the agent holds, as its own status says. */
export async function stagesAt({ agent }: Pick<Fleet, "agent">): Promise<string[]> {
  const status = JSON.parse(await textAt(`http://127.0.0.1:${agent.match}/api/status`));
  return AgentJobs.parse(status).work.jobs.map(({ stage }) => stage);
}

/** Waits for the archive and checks every byte of it, and that it is there once. */
export async function isServed(
  fleet: Pick<Fleet, "url" | "folder">,
  id: string,
  files: Record<string, string>,
): Promise<void> {
  expect(await digestsIn(await saved(fleet, `/download/steam/${id}`))).toEqual(digestsOf(files));
  expect(await versionsOf(fleet, id)).toHaveLength(1);
}

/** Downloads what an address of the gateway serves, as soon as it does; gives back the file's path. */
export async function saved(fleet: Pick<Fleet, "url" | "folder">, path: string): Promise<string> {
  const response = await askUntil(`${fleet.url}${path}`, 200);
  const target = join(fleet.folder, `saved-${path.replaceAll("/", "-")}.zip`);
  await writeFile(target, new Uint8Array(await response.arrayBuffer()));
  return target;
}

export async function versionsOf({ url }: Pick<Fleet, "url">, id: string): Promise<string[]> {
  const { items } = Versions.parse(JSON.parse(await textAt(`${url}/api/mods/${id}/versions`)));
  return items.map(({ version }) => version);
}

function digestsOf(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, createHash("sha256").update(text).digest("hex")]),
  );
}

/** Empty while nobody answers. */
async function textAt(url: string): Promise<string> {
  const response = await fetch(url).catch(() => null);
  return response === null ? "" : await response.text();
}
