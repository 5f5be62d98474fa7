import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { newId } from "@modfleet/protocol";
import { createDiskBlobs } from "../src/blobs/disk.ts";
import { createArchiveVerifier } from "../src/blobs/verifier.ts";
import { silentLog } from "../src/log.ts";
import { createAdoptTurn } from "../src/loops/adopt.ts";
import { createCatalogueStore } from "../src/store/catalogue.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import { testConfig } from "./test-config.ts";

// A process that adopts what waits in a library: `adopt-child.ts FOLDER STEP`. It tells its parent when STEP is done for
// the first time and goes no further; with any other step it goes on to the end.
const [folder = "", stopAfter = ""] = process.argv.slice(2);
const database = createEmbedded({ path: join(folder, "library.db") });

function stopping<Names extends string, Value extends Record<Names, (...args: never[]) => unknown>>(
  value: Value,
  names: readonly Names[],
): Value {
  const stops = names.map((name) => [name, stopAfterwards(name, value[name])]);
  return { ...value, ...Object.fromEntries(stops) };
}

function stopAfterwards(name: string, call: (...args: never[]) => unknown) {
  return async (...args: never[]) => {
    const result = await call(...args);
    if (name !== stopAfter) return result;
    process.send?.(name);
    return new Promise(() => {});
  };
}

const turn = createAdoptTurn({
  config: testConfig(),
  log: silentLog,
  now: Date.now,
  // Of normal priority: tests share the processor with others.
  createVerifier: createArchiveVerifier,
  newId: (prefix: Parameters<typeof newId>[0]) => newId(prefix, randomBytes),
  blobs: stopping(createDiskBlobs({ root: folder, reserveBytes: 0, now: Date.now }), ["copyIn", "commit"]),
  catalogue: stopping(createCatalogueStore(database), ["publishImported"]),
});
process.on("disconnect", () => process.exit());
await turn(new AbortController().signal);
process.send?.("end");
