/** Why a link ends. `comeBackMs` is how long the agent waits at least; null means: do not come back. */
export const CLOSE_CODES = {
  restarting: { code: 4000, comeBackMs: 0, means: "The gateway restarts; the reason text is the milliseconds to wait" },
  superseded: { code: 4001, comeBackMs: null, means: "A newer socket with the same key took over" },
  revoked: { code: 4002, comeBackMs: null, means: "An operator revoked this agent" },
  unknown_agent: { code: 4003, comeBackMs: null, means: "This gateway does not know the agent: enrol again" },
  bad_signature: {
    code: 4004,
    comeBackMs: null,
    means: "The signature does not match the enrolled key or this gateway",
  },
  no_common_version: { code: 4005, comeBackMs: null, means: "No protocol version in common: update the agent" },
  too_slow_to_authenticate: { code: 4006, comeBackMs: 1_000, means: "No hello within ten seconds" },
  too_many_strangers: { code: 4007, comeBackMs: 30_000, means: "Too many unauthenticated sockets from this address" },
  bad_frame: { code: 4008, comeBackMs: 5_000, means: "A frame was no text, too large or not JSON" },
  silent: { code: 4009, comeBackMs: 0, means: "Nothing was heard for too long" },
  slow_consumer: { code: 4010, comeBackMs: 5_000, means: "Too much waits unread in the socket" },
  drained: { code: 4011, comeBackMs: null, means: "The agent finished draining" },
} as const satisfies Record<string, { code: number; comeBackMs: number | null; means: string }>;

export type CloseReason = keyof typeof CLOSE_CODES;

const BY_CODE = new Map(Object.entries(CLOSE_CODES).map(([name, row]) => [row.code as number, name as CloseReason]));

/** The reason behind a WebSocket close code, or null for codes that are not ours. */
export function closeReason(code: number): CloseReason | null {
  return BY_CODE.get(code) ?? null;
}
