import type { ItemFacts } from "../src/domain/catalogue.ts";
import { aQueuedJob } from "./jobs.ts";

/** What Steam says about the item that the test jobs are about. */
export function anItem(changes: Partial<ItemFacts> = {}): ItemFacts {
  const { mod, version } = aQueuedJob();
  return {
    id: mod,
    app: 294100,
    title: "Example Mod",
    description: "A description",
    sizeBytes: 1_000,
    fileUrl: null,
    versionKey: version,
    createdAt: 1_600_000_000_000,
    updatedAt: 1_700_000_000_000,
    previewUrl: null,
    creator: null,
    tags: ["Mod", "1.5"],
    ...changes,
  };
}
