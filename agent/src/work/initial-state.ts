import { LIMITS, type SourceKind } from "@modfleet/protocol";
import { isReported } from "./held.ts";
import type { Remembered } from "./journal.ts";
import type { OwnLimits } from "./limits.ts";
import type { WorkState } from "./state.ts";

type Start = { slots: number; engines: readonly SourceKind[]; limits: OwnLimits; remembered: Remembered };

/** The state of an agent that has just started and remembers what its journal holds. */
export function initialState({ slots, engines, limits, remembered }: Start): WorkState {
  return {
    slots,
    engines,
    limits,
    // Until the first welcome says otherwise: the volunteer's own number of slots counts.
    policy: null,
    leaseMs: LIMITS.leaseMs,
    link: null,
    drainUntil: null,
    runs: remembered.held.map((held) => ({
      held,
      slot: null,
      phase: isReported(held) ? { kind: "reporting", saidAt: null } : { kind: "waiting" },
      bytes: 0,
      total: held.expectedBytes,
      // Nobody knows whether a lease outlived the restart.
      confirmedAt: 0,
    })),
    seen: remembered.seen,
  };
}
