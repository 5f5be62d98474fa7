import type { ItemFacts } from "../src/domain/catalogue.ts";
import type { JobWorld } from "./job-deps.ts";
import { AGENT_A, SHA, UPLOAD } from "./jobs.ts";

/** Puts a version of `item` into the catalogue as a finished job would. */
export async function publish({ database, deps }: Pick<JobWorld, "database" | "deps">, item: ItemFacts): Promise<void> {
  await deps.catalogue.saveItem(item, deps.now());
  await deps.blobs.createUpload(UPLOAD, 700);
  await deps.blobs.commit(UPLOAD, SHA);
  await deps.catalogue.saveEntries(SHA, [{ path: "About.xml", size: 3, sha256: SHA }]);
  await database.batch(
    deps.catalogue.publishStatements({
      mod: item.id,
      key: item.versionKey,
      archive: { sha256: SHA, bytes: 700, unpackedBytes: 3, entries: 1, tree: SHA },
      sourceUpdatedAt: item.updatedAt,
      at: deps.now(),
      provenance: { agent: AGENT_A, tool: "steamcmd 1", manifest: null, fetchedAt: deps.now() },
    }),
  );
}
