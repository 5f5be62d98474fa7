import { dirname } from "node:path";
import { importPytorrent } from "../../src/import/import-pytorrent.ts";
import { openSource } from "../../src/import/open-source.ts";
import type { Report } from "../../src/import/report.ts";
import { jobWorld } from "../job-deps.ts";
import type { InstallationFiles } from "./installation.ts";
import { RECORDED_AT } from "./recorded.ts";

/** Takes an installation over into the library of a database file, as the command does. */
export async function importForTest(path: string, files: InstallationFiles): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await jobWorld({ path, startAt: RECORDED_AT }));
  const database = stack.adopt(await openSource(files.database, "database"), (source) => source.close());
  const statistics = stack.adopt(await openSource(files.statistics, "statistics"), (source) => source.close());
  const deps = { ...world.deps, database: world.database, config: { blobsFolder: dirname(path) } };
  return await importPytorrent(deps, {
    ...{ database, statistics, archives: files.archives },
    onProgress: () => {},
    signal: AbortSignal.timeout(60_000),
  });
}
