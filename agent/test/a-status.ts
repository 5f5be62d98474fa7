import type { Status } from "../src/status.ts";
import { NO_LIMITS } from "./harness.ts";

export function aStatus(given: Partial<Status> = {}): Status {
  return {
    state: "connected",
    gateway: "http://gateway.example",
    agent: "agt_00000000000000000001",
    name: "box",
    connectedSince: "2026-11-21T10:00:00.000Z",
    retryAt: null,
    lastEnd: null,
    work: { slots: 2, free: 1, draining: false, closed: null, freeBytes: 5 * 1024 ** 3, monthBytes: 1_536, jobs: [] },
    limits: NO_LIMITS,
    versions: { agent: "0.1.0", node: "24.0.0", protocol: [1, 1] },
    ...given,
  };
}
