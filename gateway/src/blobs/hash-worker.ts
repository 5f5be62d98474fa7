import { closeSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { HashWork } from "./hash-file.ts";
import { stepBack } from "./step-back.ts";
import { createByteSource } from "./zip/byte-source.ts";

/** The thread that `hashFile` starts: hashes one file from front to back, says so and ends. */
const { path, bytes }: HashWork = workerData;
stepBack();
const fd = openSync(path, "r");
try {
  parentPort?.postMessage(createByteSource(fd, bytes, () => undefined).digest());
} finally {
  closeSync(fd);
}
