import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { CREDIT_WAIT_MS, type FromUnpacker, type UnpackInput } from "./unpack-messages.ts";
import { unpackBzip2 } from "./zip/bunzip.ts";

/** The thread that `unpackEntry` starts: unpacks one entry, one chunk for each credit, and ends. */
const port = parentPort;
if (port === null) throw new Error("Could not start: this file runs as a worker thread");
const say = (message: FromUnpacker, given: ArrayBuffer[] = []) => port.postMessage(message, given);

const WINDOW_BYTES = 256 * 1024;

const { path, start, compressed, size, crc, credits }: UnpackInput = workerData;
const left = new Int32Array(credits);
const fd = openSync(path, "r");
try {
  let [bytes, check] = [0, 0];
  unpackBzip2({
    path,
    pieces: pieces(),
    add(chunk) {
      bytes += chunk.length;
      check = crc32(chunk, check);
      if (bytes > size) throw new Error(`Could not unpack an entry: it has more than ${size} bytes`);
      takeCredit();
      const copy = new Uint8Array(chunk);
      say({ type: "chunk", chunk: copy }, [copy.buffer]);
    },
  });
  if (bytes !== size || check !== crc) throw new Error("Could not unpack an entry: it is damaged");
  say({ type: "end" });
} catch (cause) {
  say({ type: "failed", reason: cause instanceof Error ? cause.message : String(cause) });
} finally {
  closeSync(fd);
}

function* pieces(): Generator<Buffer> {
  const window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, compressed));
  for (let at = 0; at < compressed; ) {
    const read = readSync(fd, window, 0, Math.min(window.length, compressed - at), start + at);
    if (read === 0) return;
    at += read;
    yield window.subarray(0, read);
  }
}

/** The decoder cannot pause, so the thread does: until somebody wants the next chunk. */
function takeCredit(): void {
  while (Atomics.load(left, 0) === 0) {
    if (Atomics.wait(left, 0, 0, CREDIT_WAIT_MS) === "timed-out") throw new Error("Could not go on: nobody reads");
  }
  Atomics.sub(left, 0, 1);
}
