import { newId } from "@modfleet/protocol";
import { anItem } from "../items.ts";
import { aConnected } from "../job-deps.ts";
import { askForParts, type Drive, diskFull, LARGE } from "./drive.ts";

const HERE = anItem();
const NOBODY = "1";
const NO_JOB = newId("job", (length) => new Uint8Array(length));

/** The library's own interface, with every answer it has. */
export async function driveLibrary(drive: Drive): Promise<void> {
  const { gateway } = drive;
  const { version } = await gateway.addArchive();
  await driveCatalogue(drive, `/api/mods/${HERE.id}`, version.key);
  await driveFetches(drive);
  await driveJobs(drive);
  await driveProbes(drive);
}

async function driveCatalogue({ get, cached, ...drive }: Drive, mod: string, version: string): Promise<void> {
  const versions = `${mod}/versions/${version}`;
  const reads = ["/api/mods", mod, `${mod}/versions`, versions, `${versions}/entries`, "/api/events", "/api/fleet"];
  drive.gateway.connected.push(aConnected());
  for (const read of [...reads, "/api/mods?facets=1"]) await cached(read);
  for (const read of reads) await get(`${read}?surprise=1`);
  for (const missing of ["", "/versions", "/versions/1", "/versions/1/entries", "/archive", "/versions/1/archive"])
    await get(`/api/mods/${NOBODY}${missing}`);

  for (const archive of [`${mod}/archive`, `${versions}/archive`]) {
    await askForParts({ get, cached, ...drive }, archive);
    await get(`${archive}?surprise=1`);
  }
  const entry = `${versions}/entries/About/About.xml`;
  await cached(entry);
  await get(`${entry}?surprise=1`);
  await get(`${versions}/entries/About/Nothing.xml`);
  await get(entry, { "if-match": '"another"' });
}

async function driveFetches({ gateway, ask }: Drive): Promise<void> {
  const fetch = (id: string, init?: RequestInit) => ask("POST", `/api/mods/${id}/fetch`, init);
  gateway.answers.set(HERE.id, { kind: "found", item: HERE });
  for (const id of ["7", "8"]) gateway.answers.set(id, { kind: "found", item: anItem({ id }) });
  gateway.answers.set("9", { kind: "collection" });
  gateway.answers.set("10", { kind: "unavailable", retryAfterMs: 1_000 });
  const failure = { code: "needs_owner", detail: "", agent: null, network: null, at: 1 } as const;
  const source = { kind: "workshop", app: 294_100, item: "8" } as const;
  await gateway.addJob({ state: "failed", failure, retryAt: gateway.deps.now() + 60_000 }, { mod: "8", source });
  for (const id of [HERE.id, "7", "8", "9", "10", NOBODY, "0"]) await fetch(id);
  await fetch("7", { body: LARGE });
  gateway.connected.length = 0;
  gateway.answers.set("11", { kind: "found", item: anItem({ id: "11" }) });
  await fetch("11");
  gateway.connected.push(aConnected());
  const { insertOrJoin } = gateway.deps.jobs;
  gateway.deps.jobs.insertOrJoin = diskFull;
  await fetch("11");
  gateway.deps.jobs.insertOrJoin = insertOrJoin;
}

async function driveJobs({ gateway, ask, get, cached }: Drive): Promise<void> {
  const asked = await ask("POST", "/api/mods/7/fetch");
  const mine = asked.headers.get("location") ?? "";
  const { id } = await gateway.addJob(
    { state: "done" },
    { mod: "12", source: { kind: "workshop", app: 1, item: "12" } },
  );
  for (const job of [mine, `/api/jobs/${id}`]) await cached(job);
  await get(`${mine}?surprise=1`);
  await get(`/api/jobs/${NO_JOB}`);

  await get(`/api/jobs/${id}/events`);
  await get(`/api/jobs/${id}/events`, { "last-event-id": "over" });
  await get(`/api/jobs/${id}/events?surprise=1`);
  await get(`/api/jobs/${NO_JOB}/events`);
  const streams = await Promise.all(Array.from({ length: 17 }, () => get(`${mine}/events`)));
  await Promise.all(streams.map((stream) => stream.body?.cancel()));

  const { leave } = gateway.deps.jobs;
  gateway.deps.jobs.leave = diskFull;
  await ask("DELETE", mine);
  gateway.deps.jobs.leave = leave;
  await ask("DELETE", mine, { body: LARGE });
  await ask("DELETE", `${mine}?surprise=1`);
  await ask("DELETE", mine);
  await ask("DELETE", `/api/jobs/${id}`);
  await ask("DELETE", `/api/jobs/${NO_JOB}`);
}

async function driveProbes({ gateway, get }: Drive): Promise<void> {
  await get("/healthz");
  await get("/readyz");
  const { database } = gateway.deps;
  const { read } = database;
  database.read = diskFull;
  await get("/readyz");
  database.read = read;
}
