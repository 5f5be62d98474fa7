import { readFileSync } from "node:fs";
import { createEmbeddedClient } from "../src/engine/torrent/embedded/embedded-client.ts";
import { memoryOf } from "./memory.ts";
import { paceOf } from "./pace.ts";

// One download by the embedded client in a process of its own: `torrent-engine-child.ts FILE.torrent FOLDER BYTES`. Its figures as JSON.

const [file = "", folder = "", total = ""] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {} };
const signal = new AbortController().signal;
const client = await createEmbeddedClient({
  ports: { first: 0, last: 0 },
  stateFolder: null,
  allowPrivate: true,
  log: silent,
});
const idle = memoryOf();
let ownBytes = idle.anonymous;
let infoHash = "";
const pace = await paceOf(
  async () => {
    const added = await client.add({ from: { kind: "metainfo", bytes: readFileSync(file) }, folder }, signal);
    infoHash = added.infoHash;
  },
  async () => {
    ownBytes = Math.max(ownBytes, memoryOf().anonymous);
    return (await client.get(infoHash, signal))?.bytes ?? 0;
  },
  Number(total),
);
process.stdout.write(JSON.stringify({ ...pace, idleBytes: idle.peak, peakBytes: memoryOf().peak, ownBytes }));
await client.close();
process.exit();
