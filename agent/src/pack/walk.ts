import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { comparePaths, foldedPath, pathFault } from "@modfleet/protocol";
import { PackFailure } from "./pack-failure.ts";

/** A file that becomes an entry, as it was when it was listed; whoever reads it later checks that it still is that file. */
export type FoundFile = {
  /** Path in the archive, with `/` between names. */
  path: string;
  /** Absolute path on disk, links resolved. */
  real: string;
  size: number;
  executable: boolean;
  inode: number;
  modifiedMs: number;
};

export type WalkLimits = { bytesMax: number; entriesMax: number };

type Folder = {
  path: string;
  real: string;
  /** Real paths from the root to this folder: a link to one of them would never end. */
  chain: readonly string[];
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Every file below `root` in archive order. Links that stay inside are followed, empty folders are left out: an archive is its
 * files, as the tree hash says. Throws `PackFailure` that names the path for whatever must not stand in an archive; nothing
 * but folders is opened.
 */
export function walk(root: string, limits: WalkLimits): FoundFile[] {
  const real = realpathSync(root);
  const found: FoundFile[] = [];
  const taken = new Map<string, { path: string; isFolder: boolean }>();
  const pending: Folder[] = [{ path: "", real, chain: [real] }];
  let bytes = 0;
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    for (const child of readdirSync(folder.real, { withFileTypes: true, encoding: "buffer" })) {
      const node = inspect(child, folder, real);
      claimPath(taken, node.path, node.stats.isDirectory());
      if (node.stats.isDirectory()) {
        pending.push({ path: node.path, real: node.real, chain: [...folder.chain, node.real] });
        continue;
      }
      found.push(toFoundFile(node));
      bytes += node.stats.size;
      refuseTooMuch(found.length, bytes, limits);
    }
  }
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

type Node = { path: string; real: string; stats: Stats };

function inspect(child: Dirent<Buffer>, folder: Folder, root: string): Node {
  const name = decodeName(child.name, folder.path);
  const path = folder.path === "" ? name : `${folder.path}/${name}`;
  const fault = pathFault(path);
  if (fault) throw new PackFailure("unsafe_content", `${describe(path)}: ${fault.replaceAll("_", " ")}`);
  const full = join(folder.real, name);
  const own = lstatSync(full);
  const node = own.isSymbolicLink()
    ? follow({ path, full, chain: folder.chain, root })
    : { path, real: full, stats: own };
  if (!node.stats.isFile() && !node.stats.isDirectory()) {
    throw new PackFailure("unsafe_content", `${describe(path)}: neither a file nor a folder`);
  }
  return node;
}

function follow(link: { path: string; full: string; chain: readonly string[]; root: string }): Node {
  const real = resolveLink(link.full);
  const isInside = real === link.root || real?.startsWith(link.root.endsWith(sep) ? link.root : link.root + sep);
  if (real === null || !isInside)
    throw new PackFailure("unsafe_content", `${describe(link.path)}: a link that leads outside or nowhere`);
  if (link.chain.includes(real))
    throw new PackFailure("unsafe_content", `${describe(link.path)}: a link to a folder it stands in`);
  return { path: link.path, real, stats: statSync(real) };
}

/** Null for links to nothing and for links that lead in circles. */
function resolveLink(full: string): string | null {
  try {
    return realpathSync(full);
  } catch {
    return null;
  }
}

function decodeName(name: Buffer, folder: string): string {
  try {
    return utf8.decode(name);
  } catch (cause) {
    const where = `${folder}/${name.toString("latin1")}`;
    throw new PackFailure("unsafe_content", `${describe(where)}: a name that is not UTF-8`, { cause });
  }
}

/** Two files may not share a folded path, nor a file and a folder; two folders may, their files are merged when unpacked. */
function claimPath(taken: Map<string, { path: string; isFolder: boolean }>, path: string, isFolder: boolean): void {
  const key = foldedPath(path);
  const other = taken.get(key);
  if (other && !(other.isFolder && isFolder)) {
    throw new PackFailure(
      "unsafe_content",
      `${describe(path)}: the same name as ${describe(other.path)} on Windows or macOS`,
    );
  }
  taken.set(key, { path, isFolder });
}

function toFoundFile({ path, real, stats }: Node): FoundFile {
  const executable = (stats.mode & 0o111) !== 0;
  return { path, real, size: stats.size, executable, inode: stats.ino, modifiedMs: stats.mtimeMs };
}

function refuseTooMuch(entries: number, bytes: number, limits: WalkLimits): void {
  if (bytes > limits.bytesMax) throw new PackFailure("too_large", `More than ${limits.bytesMax} bytes`);
  if (entries > limits.entriesMax) throw new PackFailure("too_large", `More than ${limits.entriesMax} files`);
}

/** Paths come from strangers: quoted, without control characters, and short enough for one line of a log. */
function describe(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
