import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { newId } from "@modfleet/protocol";
import Libsql from "libsql";
import { type ImportOptions, importPytorrent } from "../../src/import/import-pytorrent.ts";
import { openSource } from "../../src/import/open-source.ts";
import type { Report, Section } from "../../src/import/report.ts";
import type { Row } from "../../src/store/database.ts";
import { createJobStore } from "../../src/store/jobs.ts";
import { tempFolder } from "../archives.ts";
import { testDatabase } from "../database.ts";
import { DATABASE_SCHEMA, STATISTICS_SCHEMA } from "./schema.ts";

export type ImportWorld = Awaited<ReturnType<typeof importWorld>>;

/** An empty library and an empty PyTorrent installation beside it, which `sql` and `statisticsSql` fill. */
export async function importWorld({ sql = "", statisticsSql = "" } = {}) {
  const folder = await tempFolder();
  const library = await testDatabase();
  const paths = { database: join(folder.path, "database.db"), statistics: join(folder.path, "statistics.db") };
  const change = (path: string, text: string): void => {
    const database = new Libsql(path);
    database.exec(`PRAGMA foreign_keys = OFF; ${text}`);
    database.close();
  };
  change(paths.database, `${DATABASE_SCHEMA} ${sql}`);
  change(paths.statistics, `${STATISTICS_SCHEMA} ${statisticsSql}`);

  return {
    ...{ folder: folder.path, library, ...paths },
    change: (text: string) => change(paths.database, text),
    async run({
      archives = null,
      signal = AbortSignal.timeout(60_000),
      files = paths,
      onProgress = () => {},
    }: RunOptions = {}): Promise<Report> {
      await using stack = new AsyncDisposableStack();
      const database = stack.adopt(await openSource(files.database, "database"), (source) => source.close());
      const statistics = stack.adopt(await openSource(files.statistics, "statistics"), (source) => source.close());
      const deps = {
        ...{ database: library, jobs: createJobStore(library), now: () => 1_700_000_000_000 },
        newId: (prefix: Parameters<typeof newId>[0]) => newId(prefix, (bytes) => randomBytes(bytes)),
        config: { blobsFolder: join(folder.path, "blobs") },
      };
      return await importPytorrent(deps, { database, statistics, archives, signal, onProgress });
    },
    read: (text: string): Promise<Row[]> => library.read({ sql: text }),
    async [Symbol.asyncDispose]() {
      await library.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

type RunOptions = {
  archives?: string | null;
  signal?: AbortSignal;
  onProgress?: ImportOptions["onProgress"];
  files?: { database: string; statistics: string };
};

export function section({ sections }: Report, name: string): Section {
  const found = sections.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`The report has no section ${name}`);
  return found;
}

/** Every row of every table. */
export async function dump({ read }: Pick<ImportWorld, "read">): Promise<Record<string, Row[]>> {
  const tables = await read(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'mods_search%' ORDER BY name",
  );
  const entries = tables.map(async ({ name }) => [String(name), await read(`SELECT * FROM ${String(name)}`)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
