import { foldedPath, pathFault } from "@modfleet/protocol";
import { ancestorsOf } from "./metainfo-paths.ts";
import { quoted, TorrentFailure } from "./torrent-failure.ts";

/** A file as clients and metainfo list it: the torrent's own folder in front, with slashes. */
export type ListedFile = { path: string; bytes: number };

/** `inside`: its path in what is delivered, without the torrent's own folder. */
export type WantedFile = ListedFile & { inside: string };
export type Wanted = { name: string; bytes: number; files: readonly WantedFile[] };

/** Files that only fill pieces up (BEP 47, and what was before it). */
const PADDING = /^[^/]+\/(\.pad\/\d+$|_____padding_file_\d+_)/;

/**
 * The files of a torrent that a job wants, all of them where it picks none. Throws `TorrentFailure` for a pick that the torrent does
 * not have, names that may not stand in an archive, more than `maxBytes`, and nothing at all.
 */
export function chooseFiles(
  listed: readonly ListedFile[],
  { picked, maxBytes }: { picked: readonly string[] | undefined; maxBytes: number },
): Wanted {
  const real = listed.filter(({ path }) => !PADDING.test(path)).map(toWanted);
  const files = picked === undefined ? real : pick(real, picked);
  refuseUnsafe(files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > maxBytes) throw new TorrentFailure("too_large", `The torrent has ${bytes} bytes, more than ${maxBytes}`);
  if (bytes === 0) throw new TorrentFailure("empty_result", "The torrent holds nothing");
  return { name: files[0]?.path.split("/")[0] ?? "", bytes, files };
}

function toWanted({ path, bytes }: ListedFile): WantedFile {
  return { path, bytes, inside: path.slice(path.indexOf("/") + 1) };
}

/** A path with the torrent's folder goes before one without. */
function pick(files: readonly WantedFile[], picked: readonly string[]): WantedFile[] {
  const known = new Map([
    ...files.map((file) => [file.inside, file] as const),
    ...files.map((file) => [file.path, file] as const),
  ]);
  const found = picked.map((path) => {
    const file = known.get(path);
    if (file === undefined) throw new TorrentFailure("source_not_found", `The torrent has no file ${quoted(path)}`);
    return file;
  });
  return [...new Set(found)];
}

/** The rules of the packer, before anything is downloaded. */
function refuseUnsafe(files: readonly WantedFile[]): void {
  const taken = new Map<string, string>();
  for (const { inside } of files) {
    const fault = pathFault(inside);
    if (fault !== null) throw new TorrentFailure("unsafe_content", `${quoted(inside)}: ${fault.replaceAll("_", " ")}`);
    const other = taken.get(foldedPath(inside));
    if (other !== undefined) throw clash(inside, other);
    taken.set(foldedPath(inside), inside);
  }
  for (const { inside } of files) {
    for (const folder of ancestorsOf(foldedPath(inside))) {
      const other = taken.get(folder);
      if (other !== undefined) throw clash(inside, other);
    }
  }
}

const clash = (path: string, other: string): TorrentFailure =>
  new TorrentFailure("unsafe_content", `${quoted(path)}: in the place of ${quoted(other)} on some systems`);
