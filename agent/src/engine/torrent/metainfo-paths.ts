import { foldedPath, pathFault } from "@modfleet/protocol";

const DEPTH_MAX = 64;
const SHOWN_MAX = 80;

export type JoinedPath = { kind: "path"; path: string } | { kind: "fault"; fault: string };

/** One path of the names in a torrent; refused when it would not stay in its folder, or not be the same file on every platform. */
export function joinedPath(names: readonly string[]): JoinedPath {
  const path = names.join("/");
  const why = faultOf(names) ?? pathFault(path);
  if (why === null) return { kind: "path", path };
  return { kind: "fault", fault: `${JSON.stringify(path.slice(0, SHOWN_MAX))} (${why.replaceAll("_", " ")})` };
}

function faultOf(names: readonly string[]): string | null {
  if (names.length > DEPTH_MAX) return "too deep";
  // A name that has a slash itself would become a folder of its own.
  if (names.some((name) => name.includes("/"))) return "slash in a name";
  return names.map(pathFault).find((fault) => fault !== null) ?? null;
}

/** Two files that one disk takes for the same, or a file where another needs a folder; null when there are none. */
export function checkPaths(files: readonly { path: string; isPadding: boolean }[]): string | null {
  const paths = new Set<string>();
  const kept = files.filter(({ isPadding }) => !isPadding);
  for (const { path } of kept) {
    const folded = foldedPath(path);
    if (paths.has(folded)) return `it has ${shown(path)} twice`;
    paths.add(folded);
  }
  const below = kept.find(({ path }) => ancestorsOf(foldedPath(path)).some((folder) => paths.has(folder)));
  return below === undefined ? null : `${shown(below.path)} lies below a file`;
}

/** `a/b/c` → `a`, `a/b`. */
export function ancestorsOf(path: string): string[] {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
}

const shown = (path: string): string => JSON.stringify(path.slice(0, SHOWN_MAX));
