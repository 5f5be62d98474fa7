import type { Source } from "@modfleet/protocol";
import { anItem } from "../items.ts";
import { aConnected } from "../job-deps.ts";
import { type Drive, diskFull, JSON_TYPE, LARGE } from "./drive.ts";

const NOBODY = "1";

/** Asking for whatever can be fetched, with every answer there is. */
export async function driveSources({ gateway, ask, cached }: Drive): Promise<void> {
  const { deps } = gateway;
  const post = (body: unknown) => ask("POST", "/api/jobs", { body: JSON.stringify(body), headers: JSON_TYPE });
  const workshop = (item: string): Source => ({ kind: "workshop", app: 294_100, item });
  const file = (name: string): Source => ({ kind: "http", url: `https://host.example/${name}` });
  gateway.connected.push(aConnected({ engines: ["workshop", "http"] }));

  const { version } = await gateway.addArchive();
  gateway.answers.set(version.mod, { kind: "found", item: anItem() });
  await post({ source: workshop(version.mod) });
  const asked = await post({ source: file("a") });
  await cached(asked.headers.get("location") ?? "");
  const { mod } = await (await gateway.get(asked.headers.get("location") ?? "")).json();
  await cached(`/api/mods/${mod}`);
  const failure = { code: "source_not_found", detail: "", agent: null, network: null, at: 1 } as const;
  const failed = {
    source: file("b"),
    mod: await deps.catalogue.saveSource({ kind: "http", url: "https://host.example/b" }, 1),
  };
  await gateway.addJob({ state: "failed", failure, retryAt: deps.now() + 60_000 }, { ...failed, version: "latest" });
  await post({ source: file("b") });

  gateway.answers.set("9", { kind: "collection" });
  gateway.answers.set("10", { kind: "unavailable", retryAfterMs: 1_000 });
  for (const id of ["9", "10", NOBODY]) await post({ source: workshop(id) });
  await post({ source: { kind: "torrent", magnet: `magnet:?xt=urn:btih:${"a".repeat(40)}` } });
  await post({ source: { kind: "ftp" } });
  await post({ source: LARGE });
  await ask("POST", "/api/jobs", { body: "source=x", headers: { "content-type": "text/plain" } });
  const { insertOrJoin, queuedBy } = deps.jobs;
  deps.jobs.queuedBy = async (_, limit) => limit;
  await post({ source: file("d") });
  deps.jobs.queuedBy = queuedBy;
  deps.jobs.insertOrJoin = diskFull;
  await post({ source: file("c") });
  deps.jobs.insertOrJoin = insertOrJoin;
}
