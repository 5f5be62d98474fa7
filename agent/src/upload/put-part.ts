import { PART_HASH_HEADER } from "@modfleet/protocol";
import type { ApiOptions } from "./gateway-api.ts";
import type { PartContent } from "./read-part.ts";
import { lineTrouble, type Trouble, troubleOf } from "./trouble.ts";

export type PutPart = {
  url: URL;
  part: PartContent;
  /** Told how many bytes of the part are on their way. */
  onSent: (bytes: number) => void;
  /** Called once when the whole body is handed to the line, long before it is acknowledged. */
  onBodySent: () => void;
};

/** Sends one part; null when it is stored. The token goes to the gateway only. */
export async function putPart(
  options: ApiOptions,
  { url, part, onSent, onBodySent }: PutPart,
): Promise<Trouble | null> {
  const { gateway, token, fetch, limits } = options;
  const isOwn = url.origin === new URL(gateway).origin;
  const door = isOwn ? "part" : "foreign";
  const headers = {
    [PART_HASH_HEADER]: part.sha256,
    "content-length": String(part.bytes.length),
    ...(isOwn && { authorization: `Bearer ${token}` }),
  };
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(limits.partMs)]);
  const body = sliced(part.bytes, { sliceBytes: limits.sliceBytes, onSent, onBodySent });
  // Half: a body that is a stream is sent whole before the answer is read (the fetch standard knows no other way).
  const init: RequestInit & { duplex: "half" } = {
    method: "PUT",
    headers,
    body,
    signal,
    redirect: "error",
    duplex: "half",
  };
  try {
    const response = await fetch(url, init);
    await response.body?.cancel();
    return troubleOf(response.status, door);
  } catch (error) {
    return lineTrouble(door, error);
  }
}

type SliceOptions = Pick<PutPart, "onSent" | "onBodySent"> & { sliceBytes: number };

/** Handed out on demand, so that being asked for more means that the line has taken what came before. */
function sliced(bytes: Uint8Array, { sliceBytes, onSent, onBodySent }: SliceOptions): ReadableStream<Uint8Array> {
  let offset = 0;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (offset === bytes.length) {
      onBodySent();
      controller.close();
      return;
    }
    const slice = bytes.subarray(offset, offset + sliceBytes);
    offset += slice.length;
    onSent(offset);
    controller.enqueue(slice);
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}
