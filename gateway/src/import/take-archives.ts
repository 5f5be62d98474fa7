import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { systemCode } from "../blobs/durable.ts";
import { archiveCandidates, type Candidate } from "./archive-candidates.ts";
import { Text, textCell } from "./cells.ts";
import { looksLikeZip } from "./looks-like-zip.ts";
import { parseTime } from "./pytorrent-time.ts";
import { tally } from "./report.ts";
import type { Taking } from "./take-rows.ts";
import { writeBelongings } from "./write-rows.ts";
import { zipFolder } from "./zip-folder.ts";

type Places = { content: string; blobsFolder: string };
type Known = { game: string | null; updatedAt: number };
type Archive = { at: string; mod: string; path: string; bytes: number; modified: number; updated: number };

const BATCH = 500;

/** Archives where PyTorrent kept them, to be served from there. Reports what is damaged, and what mods have none. */
export async function takeArchives(taking: Taking, places: Places): Promise<void> {
  const { section, signal } = taking;
  const found = new Set<string>();
  let batch: Candidate[] = [];
  const flush = async () => {
    const candidates = batch;
    batch = [];
    signal.throwIfAborted();
    const archives = await archivesOf(taking, candidates, places);
    for (const { mod } of archives) found.add(mod);
    await writeBelongings(taking, WRITING, archives);
  };
  const onOther = (path: string, why: string) => tally(section.skipped, why, path);
  for await (const candidate of archiveCandidates(places.content, onOther)) {
    batch.push(candidate);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  for (const { id } of taking.file.rows("SELECT CAST(id AS TEXT) AS id FROM mods ORDER BY rowid"))
    if (!found.has(String(id))) tally(section.noted, "the mod has no archive and is fetched on request", String(id));
}

async function archivesOf(
  taking: Taking,
  candidates: readonly Candidate[],
  { blobsFolder }: Places,
): Promise<Archive[]> {
  const known = knownMods(taking, candidates);
  const here = await modsWithArchive(taking, candidates);
  const archives: Archive[] = [];
  for (const candidate of candidates) {
    const mod = known.get(candidate.mod);
    const why =
      mod === undefined ? "there is no such mod" : mod.game !== candidate.game ? "its mod is of another game" : null;
    if (why !== null || mod === undefined) {
      tally(taking.section.skipped, why ?? "", `${candidate.game}/${candidate.mod}`);
      continue;
    }
    const path = candidate.kind === "file" ? candidate.path : await zipped(taking, candidate, { blobsFolder, here });
    const archive = path === null ? null : await inspected(taking, candidate, path);
    if (archive !== null) archives.push({ ...archive, updated: mod.updatedAt });
  }
  return archives;
}

/** The path of the folder's zip; null when it is not to be made. */
async function zipped(
  { section, signal }: Taking,
  { mod, game, path }: Candidate,
  { blobsFolder, here }: { blobsFolder: string; here: ReadonlyMap<string, string> },
): Promise<string | null> {
  const target = join(blobsFolder, "imported", `${mod}.zip`);
  if (here.get(mod) === target) return target;
  if (here.has(mod) || (await exists(`${path}.zip`))) return null;
  const made = await zipFolder(path, target, signal).catch((error: unknown) => {
    // What is wrong with our own folder, such as a full disk, is no matter of this mod.
    if (signal.aborted || !isBelow(path, error)) throw error;
    return error;
  });
  const why = made === true ? "its folder was zipped" : made === false ? "its folder is empty" : whyUnread(made);
  tally(made === true ? section.noted : section.skipped, why, `${game}/${mod}`);
  return made === true ? target : null;
}

const isBelow = (folder: string, error: unknown): boolean =>
  error instanceof Error && "path" in error && String(error.path).startsWith(folder);

const whyUnread = (error: unknown): string =>
  systemCode(error) === "ENOENT" ? "it vanished meanwhile" : "it could not be read";

async function inspected(
  { section }: Taking,
  { mod, game }: Candidate,
  path: string,
): Promise<Omit<Archive, "updated"> | null> {
  const at = `${game}/${mod}`;
  const refuse = (why: string): null => {
    tally(section.skipped, why, at);
    return null;
  };
  try {
    const file = await lstat(path);
    const { size, mtimeMs } = file;
    if (!file.isFile()) return refuse("it is no plain file");
    if (!(await looksLikeZip(path, size))) return refuse("it is damaged");
    return { at, mod, path, bytes: size, modified: Math.floor(mtimeMs) };
  } catch (error) {
    return refuse(whyUnread(error));
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const KnownRow = z.object({ id: z.string(), game: z.string().nullable(), date_update: Text });

function knownMods({ file }: Taking, candidates: readonly Candidate[]): ReadonlyMap<string, Known> {
  const rows = file.rows(
    `SELECT CAST(m.id AS TEXT) AS id, CAST(b.game AS TEXT) AS game, ${textCell("m.date_update")}
       FROM json_each(:ids) CROSS JOIN mods m ON m.id = CAST(value AS INTEGER) LEFT JOIN bindings b ON b.mod = m.id`,
    idsOf(candidates),
  );
  return new Map(
    [...rows].map((row) => {
      const { id, game, date_update } = KnownRow.parse(row);
      return [id, { game, updatedAt: parseTime(date_update ?? "")?.ms ?? 0 }];
    }),
  );
}

const idsOf = (candidates: readonly Candidate[]) => ({
  ids: JSON.stringify([...new Set(candidates.map(({ mod }) => mod))]),
});

const HereRow = z.object({ id: z.string(), path: z.string() });

/** Where the archives of these mods lie, as far as they are here already. */
async function modsWithArchive(
  { database }: Taking,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.read({
    sql: `SELECT CAST(m.id AS TEXT) AS id, coalesce(i.path, '') AS path
            FROM mods m LEFT JOIN imported_archives i ON i.mod_id = m.id
           WHERE m.id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))
             AND (m.current_key IS NOT NULL OR i.mod_id IS NOT NULL)`,
    args: idsOf(candidates),
  });
  return new Map(rows.map((row) => HereRow.parse(row)).map(({ id, path }) => [id, path]));
}

const MOD = "CAST(l.value ->> 'mod' AS INTEGER)";

// What is published here is newer, or was made of this very file.
const WRITING = {
  orphans: `SELECT l.value ->> 'at' AS at FROM json_each(:rows) l WHERE NOT EXISTS (SELECT 1 FROM mods WHERE id = ${MOD})`,
  write: `
    INSERT INTO imported_archives (mod_id, path, bytes, modified_at, source_updated_at)
    SELECT mods.id, l.value ->> 'path', l.value ->> 'bytes', l.value ->> 'modified', l.value ->> 'updated'
      FROM json_each(:rows) l JOIN mods ON mods.id = ${MOD} WHERE mods.current_key IS NULL
    ON CONFLICT (mod_id) DO UPDATE SET path = excluded.path, bytes = excluded.bytes, modified_at = excluded.modified_at,
      source_updated_at = excluded.source_updated_at
    WHERE (imported_archives.path, imported_archives.bytes, imported_archives.modified_at)
       <> (excluded.path, excluded.bytes, excluded.modified_at)`,
};
