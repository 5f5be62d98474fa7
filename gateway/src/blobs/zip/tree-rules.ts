import type { DirectoryEntry } from "./entry-rules.ts";
import { refuse } from "./refusal.ts";

const LOCAL_HEADER_BYTES = 30;

type Names = Pick<DirectoryEntry, "path" | "isFolder">;

/** No two entries may land in one place, and nothing may lie inside a file. `placeKey` says what is one place. */
export function checkNames(entries: readonly Names[], placeKey: (path: string) => string): void {
  const kinds = new Map<string, "file" | "folder">();
  for (const { path, isFolder } of entries) {
    const folded = placeKey(path);
    if (kinds.has(folded)) refuse("duplicate_name", path);
    kinds.set(folded, isFolder ? "folder" : "file");
  }
  const checked = new Set<string>();
  for (const { path } of entries) {
    let parent = parentOf(placeKey(path));
    while (parent !== null && !checked.has(parent)) {
      if (kinds.get(parent) === "file") refuse("file_is_folder", path);
      checked.add(parent);
      parent = parentOf(parent);
    }
  }
}

function parentOf(path: string): string | null {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? null : path.slice(0, slash);
}

type Spans = Pick<DirectoryEntry, "path" | "offset" | "compressed" | "nameBytes">;

/** Entries, given in the order of their offsets, may not share bytes; the exact ends are checked while reading them. */
export function checkSpans(entries: readonly Spans[], directoryStart: number): void {
  const [first] = entries;
  if (first !== undefined && first.offset !== 0) refuse("hidden_data", "There are bytes before the first entry");
  for (const [index, { path, offset, compressed, nameBytes }] of entries.entries()) {
    const next = entries[index + 1]?.offset ?? directoryStart;
    if (offset + LOCAL_HEADER_BYTES + nameBytes + compressed > next) refuse("overlap", path);
  }
}
