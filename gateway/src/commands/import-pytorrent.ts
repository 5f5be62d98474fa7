import { setFlagsFromString } from "node:v8";
import type { Command } from "commander";
import { findArchives } from "../import/find-archives.ts";
import { importPytorrent } from "../import/import-pytorrent.ts";
import { openSource, type Source } from "../import/open-source.ts";
import { type Report, toLines } from "../import/report.ts";
import { openRows } from "../services.ts";
import type { CliContext } from "./context.ts";
import { createImportProgress } from "./import-progress.ts";

type Options = { database: string; statistics?: string; archives?: string; json?: boolean };

const STOPPED = "Stopped. What was taken stays; run it again for the rest";

/** `import-pytorrent`: takes a PyTorrent installation over. Nothing is opened for writing before its files are checked. */
export function registerImportPytorrent(program: Command, context: CliContext): void {
  program
    .command("import-pytorrent")
    .description("take over the library of a PyTorrent installation; it can be repeated and changes nothing there")
    .requiredOption("--database <file>", "its sql/database.db")
    .option("--statistics <file>", "its sql/statistics.db")
    .option("--archives <folder>", "its steamapps/workshop/content")
    .option("--json", "print the report as one JSON object")
    .action(async (options: Options) => {
      // Rows come and go: left to itself V8 lets 128 MiB of what is gone pile up before it looks.
      for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=30"]) setFlagsFromString(flag);
      const report = await runImport(options, context);
      for (const line of options.json ? [JSON.stringify(report)] : toLines(report)) context.runtime.print(line);
    });
}

async function runImport(options: Options, { config, runtime }: CliContext): Promise<Report> {
  const stop = new AbortController();
  runtime.onStopSignal(() => stop.abort(new Error(STOPPED)));
  const checked = config();
  await using stack = new AsyncDisposableStack();
  const open = async (...[path, kind]: Parameters<typeof openSource>): Promise<Source> => {
    const source = await openSource(path, kind);
    stack.defer(() => source.close());
    return source;
  };
  const archives = options.archives === undefined ? null : await findArchives(options.archives);
  const database = await open(options.database, "database");
  const statistics = options.statistics === undefined ? null : await open(options.statistics, "statistics");

  const rows = await openRows(checked, runtime, { isBulk: true });
  stack.defer(() => rows.database.close());
  const progress = createImportProgress(runtime.complain);
  stack.defer(async () => progress.end());
  const report = await importPytorrent(rows, {
    ...{ database, statistics, archives, signal: stop.signal },
    onProgress: progress.show,
  });
  for (const source of [database, statistics])
    if (await source?.hasChanged())
      throw new Error("PyTorrent wrote into its files meanwhile: stop it and run this again");
  return report;
}
