import type { ModfleetClient } from "@modfleet/client";
import { ModfleetError } from "@modfleet/client";
import { partialOf } from "./partial.ts";
import { type Reception, receive } from "./receive.ts";

/** What is fetched, and where the finished draft goes. */
export type Saving = Pick<Reception, "id" | "version" | "onProgress" | "signal"> & {
  draft: string;
  /** What the catalogue says the archive hashes to; null where it does not know. */
  sha256: string | null;
  onCheck: () => void;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** `sha256` is of the bytes as they lie in the draft. */
export type Saved = { ok: true; sha256: string } | { ok: false; problem: string };

const TRIES_MAX = 6;
const PAUSE_MS = 1_000;

/**
 * Fetches an archive into `draft`, going on where an earlier try or an earlier command broke, and checks its hash. A line that
 * breaks is tried again while bytes come; what arrived stays for the next command. Throws what a disk or the gateway says.
 */
export async function saveArchive(client: ModfleetClient, saving: Saving): Promise<Saved> {
  const partial = partialOf(saving.draft);
  const promised = await receiveAll(client, { ...saving, partial });
  saving.onCheck();
  const sha256 = await partial.hash(saving.signal);
  const expected = [saving.sha256, promised].filter((hash) => hash !== null);
  if (expected.some((hash) => hash !== sha256)) {
    await partial.remove();
    return { ok: false, problem: "the archive arrived damaged. Try again" };
  }
  await partial.finish(saving.draft);
  return { ok: true, sha256 };
}

async function receiveAll(
  client: ModfleetClient,
  reception: Reception & Pick<Saving, "sleep">,
): Promise<string | null> {
  let bytesBefore = 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return await receive(client, reception);
    } catch (error) {
      reception.signal.throwIfAborted();
      const bytes = (await reception.partial.kept())?.bytes ?? 0;
      if (bytes > bytesBefore) tries = 1;
      bytesBefore = bytes;
      if (tries >= TRIES_MAX || !isPassing(error)) throw error;
      await reception.sleep(PAUSE_MS * tries, reception.signal);
      reception.signal.throwIfAborted();
    }
  }
}

/** Whether another try may do better: not for refusals, nor for what a disk says. */
function isPassing(error: unknown): boolean {
  if (error instanceof ModfleetError) return error.status === null || error.status >= 500 || error.status === 429;
  return !isFromDisk(error);
}

const LINE_CODES: readonly string[] = ["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNREFUSED"];

export function isFromDisk(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && /^E[A-Z]+$/.test(error.code) && !LINE_CODES.includes(error.code);
}
