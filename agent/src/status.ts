import { PROTOCOL_VERSIONS } from "@modfleet/protocol";
import type { Ended } from "./link/end-reason.ts";
import type { OwnLimits } from "./work/limits.ts";
import type { WorkSnapshot } from "./work/snapshot.ts";

/** How the link is: times are milliseconds UTC. */
export type LinkStatus =
  | { state: "connecting"; retryAt: number | null }
  | { state: "connected"; since: number }
  | { state: "stopped" };

export type LastEnd = { reason: Ended["reason"]; detail: string; at: number };

/** Everything the volunteer can see of the agent. */
export type Status = {
  state: LinkStatus["state"] | "draining";
  gateway: string;
  agent: string | null;
  name: string;
  connectedSince: string | null;
  retryAt: string | null;
  lastEnd: { reason: string; detail: string; at: string } | null;
  work: WorkSnapshot;
  limits: OwnLimits;
  versions: { agent: string; node: string; protocol: readonly [number, number] };
};

export type StatusParts = {
  link: LinkStatus;
  lastEnd: LastEnd | null;
  work: WorkSnapshot;
  gateway: string;
  agent: string | null;
  name: string;
  limits: OwnLimits;
  version: string;
};

/** The status as it is told to people and programs: times are ISO 8601 with `Z`. */
export function toStatus({ link, lastEnd, work, version, ...rest }: StatusParts): Status {
  const isDraining = work.draining && link.state !== "stopped";
  return {
    ...rest,
    state: isDraining ? "draining" : link.state,
    connectedSince: link.state === "connected" ? isoOf(link.since) : null,
    retryAt: link.state === "connecting" && link.retryAt !== null ? isoOf(link.retryAt) : null,
    lastEnd: lastEnd === null ? null : { ...lastEnd, at: isoOf(lastEnd.at) },
    work,
    versions: { agent: version, node: process.versions.node, protocol: PROTOCOL_VERSIONS },
  };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
