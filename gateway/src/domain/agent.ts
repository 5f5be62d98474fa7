import type { AgentId, SourceKind } from "@modfleet/protocol";

/** An enrolled agent. `publicKey` is the raw Ed25519 key in base64url: nothing here could impersonate it. */
export type Agent = {
  id: AgentId;
  name: string;
  publicKey: string;
  status: "trusted" | "probation" | "revoked";
  enrolledAt: number;
  lastSeenAt: number | null;
};

/** A connected agent as the dispatcher sees it. */
export type Connected = {
  agent: AgentId;
  name: string;
  network: string;
  engines: readonly SourceKind[];
  /** Slots the agent said are free, less the offers since. */
  freeSlots: number;
  slots: number;
  freeBytes: number;
  draining: boolean;
  connectedAt: number;
};
