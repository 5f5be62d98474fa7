import type { ArchiveEntry, ModId } from "@modfleet/protocol";
import type { AppFacts, Archive, ItemFacts } from "../src/domain/catalogue.ts";
import type { Publication } from "../src/store/publish.ts";

/** What Steam says about an item, with ordinary values for what the test leaves out. */
export function anItem(id: ModId, facts: Partial<ItemFacts> = {}): ItemFacts {
  return {
    id,
    app: 294_100,
    title: `Mod ${id}`,
    description: "",
    sizeBytes: 1_000,
    fileUrl: null,
    versionKey: "1",
    createdAt: 1_000,
    updatedAt: 2_000,
    previewUrl: null,
    creator: null,
    tags: [],
    ...facts,
  };
}

/** What Steam's store says about an app. */
export function anApp(app: number, facts: Partial<AppFacts> = {}): AppFacts {
  return {
    app,
    name: `Game ${app}`,
    kind: "game",
    shortDescription: "",
    description: "",
    logoUrl: null,
    genres: [],
    ...facts,
  };
}

/** An archive whose hashes are made of one hexadecimal digit. */
export function anArchive(digit = "a", facts: Partial<Archive> = {}): Archive {
  return { sha256: digit.repeat(64), bytes: 500, unpackedBytes: 1_000, entries: 2, tree: digit.repeat(64), ...facts };
}

/** A version that is ready to be published. */
export function aPublication(mod: ModId, facts: Partial<Publication> = {}): Publication {
  return {
    mod,
    key: "1",
    archive: anArchive(),
    sourceUpdatedAt: 2_000,
    at: 5_000,
    provenance: { agent: null, tool: "steamcmd", manifest: null, fetchedAt: 4_000 },
    ...facts,
  };
}

export function anEntry(path: string, facts: Partial<ArchiveEntry> = {}): ArchiveEntry {
  return { path, size: 3, sha256: "b".repeat(64), ...facts };
}
