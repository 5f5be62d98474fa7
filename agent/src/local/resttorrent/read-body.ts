import { type FailCode, RestError } from "./rest-torrent.ts";

/** Counts the bytes of bodies that are held at one moment. */
export type BodyRoom = { take(bytes: number): boolean; free(bytes: number): void };

export type Body = Pick<Request, "headers" | "body">;

export type BodyBound = {
  bytesMax: number;
  /** Told where the body is larger. */
  code: FailCode;
  /** Shared by all requests. */
  room: BodyRoom;
};

export function createBodyRoom(bytesMax: number): BodyRoom {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > bytesMax) return false;
      held += bytes;
      return true;
    },
    free(bytes) {
      held -= bytes;
    },
  };
}

/**
 * Reads a body while it keeps to its bound, and counts it until `use` is done. Throws `RestError` where it is too large, breaks off,
 * or comes while too many others are held.
 */
export async function withBody<T>(
  { headers, body }: Body,
  { bytesMax, code, room }: BodyBound,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T> | T,
): Promise<T> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  const hold = (chunk: Uint8Array): void => {
    if (held + chunk.length > bytesMax) throw tooLarge(code, bytesMax);
    if (!room.take(chunk.length)) throw new RestError("agent.busy", "Too much is sent at once: try again in a moment");
    held += chunk.length;
    chunks.push(chunk);
  };
  try {
    if (Number(headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(code, bytesMax);
    if (body !== null) await readAll(body, hold);
    return await use(Buffer.concat(chunks));
  } finally {
    room.free(held);
  }
}

async function readAll(body: ReadableStream<Uint8Array>, hold: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of body) hold(chunk);
  } catch (cause) {
    if (cause instanceof RestError) throw cause;
    throw new RestError("parameter.invalid", "The body ended too early: send it again", cause);
  }
}

const tooLarge = (code: FailCode, bytesMax: number): RestError =>
  new RestError(code, `The body is too large: send at most ${bytesMax} bytes`);
