import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "../src/app.ts";
import { parseConfig } from "../src/config.ts";
import { openServices } from "../src/services.ts";
import { anItem } from "../test/items.ts";

// A gateway of its own process whose library holds one archive: FOLDER SHA256 BYTES [ACCEL_PREFIX]. Prints its port.

const [folder = "", sha256 = "", size = "", accelPrefix = ""] = process.argv.slice(2);
const read = parseConfig({ MODFLEET_DATA: folder, MODFLEET_ACCEL_PREFIX: accelPrefix, MODFLEET_LOG: "error" });
if (!read.ok) throw new Error(read.problems.join("\n"));
const { deps } = await openServices(read.config, { now: Date.now, random: Math.random, randomBytes, fetch });

const item = anItem({ id: "1" });
const at = Date.now();
await deps.catalogue.saveItem(item, at);
await deps.database.batch(
  deps.catalogue.publishStatements({
    mod: item.id,
    key: item.versionKey,
    archive: { sha256, bytes: Number(size), unpackedBytes: Number(size), entries: 1, tree: sha256 },
    sourceUpdatedAt: item.updatedAt,
    at,
    provenance: { agent: null, tool: "bench", manifest: null, fetchedAt: at },
  }),
);

const server = createServer(getRequestListener(createApp(deps).fetch, { overrideGlobalObjects: false }));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address !== "string") process.stdout.write(`${address.port}\n`);
});
