import type { z } from "zod";
import { AgentMessage } from "./agent-message.ts";
import { GatewayMessage } from "./gateway-message.ts";
import { LIMITS } from "./limits.ts";

/** A decoded frame, or why it is junk. `unknown_type` is answered with `unsupported`; the others are faults of the peer. */
export type Decoded<Message> =
  | { ok: true; message: Message }
  | { ok: false; reason: "too_large" | "not_json" | "unknown_shape"; detail: string }
  | { ok: false; reason: "unknown_type"; type: string };

const utf8 = new TextEncoder();

/** UTF-8 needs at least one byte a code unit, so most oversized frames are refused without encoding them. */
function isTooLarge(frame: string, bytesMax: number): boolean {
  return frame.length > bytesMax || (frame.length * 3 > bytesMax && utf8.encode(frame).length > bytesMax);
}

function parseJson(frame: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(frame) };
  } catch {
    return { ok: false };
  }
}

/** Deep nesting would overflow the stack of whoever walks the message, so it is found without recursion. */
function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > LIMITS.frameDepthMax) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

function typeOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return typeof value.type === "string" ? value.type.slice(0, 64) : null;
}

function decoder<Schema extends z.ZodType>(schema: Schema, types: ReadonlySet<string>) {
  return (frame: string, bytesMax: number = LIMITS.frameBytesMax): Decoded<z.infer<Schema>> => {
    if (isTooLarge(frame, bytesMax)) return { ok: false, reason: "too_large", detail: `More than ${bytesMax} bytes` };
    const json = parseJson(frame);
    if (!json.ok) return { ok: false, reason: "not_json", detail: "Not JSON" };
    if (isTooDeep(json.value)) return { ok: false, reason: "unknown_shape", detail: "Nested too deeply" };
    const type = typeOf(json.value);
    if (type === null) return { ok: false, reason: "unknown_shape", detail: "No type" };
    if (!types.has(type)) return { ok: false, reason: "unknown_type", type };
    const parsed = schema.safeParse(json.value);
    if (parsed.success) return { ok: true, message: parsed.data };
    const issue = parsed.error.issues[0];
    return { ok: false, reason: "unknown_shape", detail: `${type}.${issue?.path.join(".")}: ${issue?.message}` };
  };
}

const typesOf = (union: { options: readonly { shape: { type: { value: string } } }[] }): ReadonlySet<string> =>
  new Set(union.options.map((option) => option.shape.type.value));

/** Reads a frame from an agent. Never throws. */
export const decodeAgentMessage = decoder(AgentMessage, typesOf(AgentMessage));

/** Reads a frame from a gateway. Never throws. */
export const decodeGatewayMessage = decoder(GatewayMessage, typesOf(GatewayMessage));

/** Writes a frame. The message is our own, so a frame over the cap is our bug and throws. */
export function encode(message: AgentMessage | GatewayMessage): string {
  const frame = JSON.stringify(message);
  if (isTooLarge(frame, LIMITS.frameBytesMax)) throw new RangeError(`A ${message.type} frame is too large`);
  return frame;
}
