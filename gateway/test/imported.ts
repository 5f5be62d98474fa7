import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Deps } from "../src/deps.ts";
import type { ItemFacts } from "../src/domain/catalogue.ts";
import type { Database } from "../src/store/database.ts";
import type { Imported } from "../src/store/imported.ts";
import { bzip2Fixture } from "./bzip2.ts";
import { anItem } from "./items.ts";

export type TakenOver = {
  /** Stands for PyTorrent's folder of archives. */
  folder: string;
  item?: Partial<ItemFacts>;
  bytes?: Buffer;
  /** By default the item's. */
  sourceUpdatedAt?: number;
  requestedAt?: number;
};

type Library = { database: Database; catalogue: Deps["catalogue"] };

/** Puts a mod into the library as an import leaves it: its archive in a folder that is not ours, and a row about it. */
export async function takeOver({ database, catalogue }: Library, given: TakenOver): Promise<Imported> {
  const item = anItem(given.item);
  const { folder, bytes = bzip2Fixture("plain.zip"), sourceUpdatedAt = item.updatedAt, requestedAt = 5_000 } = given;
  const path = join(folder, String(item.app), `${item.id}.zip`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  const modifiedAt = Math.floor((await stat(path)).mtimeMs);

  await catalogue.saveItem(item, requestedAt);
  await database.write({
    sql: `INSERT INTO imported_archives (mod_id, path, bytes, modified_at, source_updated_at)
          VALUES (:mod, :path, :bytes, :modifiedAt, :sourceUpdatedAt)`,
    args: { mod: BigInt(item.id), path, bytes: bytes.length, modifiedAt, sourceUpdatedAt },
  });
  return { mod: item.id, path, bytes: bytes.length, modifiedAt, sourceUpdatedAt, requestedAt };
}
