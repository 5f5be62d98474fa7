import { AgentId, type Secret } from "@modfleet/protocol";
import { z } from "zod";

export type EnrolOptions = {
  /** Origin of the gateway. */
  gateway: string;
  invite: Secret | null;
  name: string;
  publicKey: string;
  signal: AbortSignal;
};

export type EnrolOutcome =
  | { kind: "enrolled"; agent: AgentId }
  /** Asking again in the same way gets the same answer. */
  | { kind: "refused"; detail: string }
  | { kind: "unreachable"; detail: string };

const ENROL_TIMEOUT_MS = 15_000;
const ANSWER_MAX = 64 * 1024;
const Enrolled = z.object({ agent: AgentId });
const Problem = z.object({ title: z.string().optional(), detail: z.string().optional() });

/** Makes this agent known to a gateway. Never throws for what a network or a gateway may do. */
export async function enrol({ gateway, invite, name, publicKey, signal }: EnrolOptions): Promise<EnrolOutcome> {
  const body = JSON.stringify({ ...(invite !== null && { invite: invite.reveal() }), name, publicKey });
  try {
    const response = await fetch(new URL("/agent/v1/enrol", gateway), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ENROL_TIMEOUT_MS)]),
    });
    const answer = (await response.text()).slice(0, ANSWER_MAX);
    return outcomeOf(response.status, answer);
  } catch (cause) {
    return { kind: "unreachable", detail: causeText(cause) };
  }
}

function outcomeOf(status: number, text: string): EnrolOutcome {
  const json = parseJson(text);
  if (status >= 200 && status < 300) {
    const enrolled = Enrolled.safeParse(json);
    if (enrolled.success) return { kind: "enrolled", agent: enrolled.data.agent };
    return { kind: "unreachable", detail: "The answer is not from a gateway" };
  }
  const { title, detail } = Problem.safeParse(json).data ?? {};
  const said = detail ?? title ?? `HTTP ${status}`;
  const isFinal = status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);
  return { kind: isFinal ? "refused" : "unreachable", detail: said };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `fetch` hides what happened one level down. */
export function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  if (!(inner instanceof Error)) return cause.message;
  return inner.message || ("code" in inner ? String(inner.code) : cause.message);
}
