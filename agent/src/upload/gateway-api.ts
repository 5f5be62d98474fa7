import { type OpenUpload, type UploadId, UploadPlan } from "@modfleet/protocol";
import type { UploadLimits } from "./limits.ts";
import { type Door, lineTrouble, type Trouble, troubleOf } from "./trouble.ts";

export type ApiOptions = {
  /** Origin. */
  gateway: string;
  token: string;
  fetch: typeof globalThis.fetch;
  limits: UploadLimits;
  signal: AbortSignal;
};

export type PlanAnswer = { ok: true; plan: UploadPlan } | { ok: false; trouble: Trouble };

/** Opens an upload or finds the one that was opened: either way the answer says what is still missing. */
export function openUpload(options: ApiOptions, content: OpenUpload): Promise<PlanAnswer> {
  return ask(options, { door: "open", path: "/agent/v1/uploads", body: JSON.stringify(content) });
}

/** Closes an upload whose parts are all stored. */
export function completeUpload(options: ApiOptions, upload: UploadId): Promise<PlanAnswer> {
  return ask(options, { door: "complete", path: `/agent/v1/uploads/${upload}/complete`, body: null });
}

type Question = { door: Door; path: string; body: string | null };

async function ask(options: ApiOptions, { door, path, body }: Question): Promise<PlanAnswer> {
  const { gateway, token, fetch, limits } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(limits.controlMs)]);
  const headers = { authorization: `Bearer ${token}`, ...(body !== null && { "content-type": "application/json" }) };
  try {
    const response = await fetch(new URL(path, gateway), { method: "POST", headers, body, signal, redirect: "error" });
    const trouble = troubleOf(response.status, door);
    if (trouble !== null) {
      await response.body?.cancel();
      return { ok: false, trouble };
    }
    return parsePlan(await readText(response, limits.answerBytesMax), door);
  } catch (error) {
    return { ok: false, trouble: lineTrouble(door, error) };
  }
}

function parsePlan(text: string, door: Door): PlanAnswer {
  const parsed = UploadPlan.safeParse(JSON.parse(text));
  if (parsed.success) return { ok: true, plan: parsed.data };
  return { ok: false, trouble: { kind: "again", code: "agent_lost", detail: `${door}: not a plan` } };
}

async function readText(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RangeError(`More than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
