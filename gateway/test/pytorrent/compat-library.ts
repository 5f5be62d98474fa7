import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testGateway } from "../harness.ts";
import { aConnected } from "../job-deps.ts";
import { importForTest } from "./import-for-test.ts";
import { arrangedInstallation, type InstallationFiles, PRISTINE } from "./installation.ts";
import { RECORDED_AT, type Setup } from "./recorded.ts";
import { steamOfData } from "./steam-of-data.ts";

export type CompatLibrary = Awaited<ReturnType<typeof compatLibrary>>;

let template: Promise<string> | null = null;

/** The pristine installation, imported once for the whole file of tests. */
async function importedOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-template-"));
  process.once("exit", () => void rm(folder, { recursive: true, force: true }));
  const path = join(folder, "library.db");
  await importForTest(path, PRISTINE);
  return path;
}

/** What was written last may still be in the file beside it. */
async function copyDatabase(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  if (existsSync(`${from}-wal`)) await copyFile(`${from}-wal`, `${to}-wal`);
}

/** A gateway behind a real socket whose library is the recording's installation, arranged as the case says. */
export async function compatLibrary(setup: Setup) {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "modfleet-compat-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "library.db");
  const isPristine =
    setup.sql === undefined &&
    setup.stat_sql === undefined &&
    setup.zip_for === undefined &&
    setup.folder_for === undefined &&
    setup.no_content_root === undefined;
  let files: InstallationFiles = PRISTINE;
  if (isPristine) {
    template ??= importedOnce();
    await copyDatabase(await template, path);
  } else {
    files = stack.use(await arrangedInstallation(setup));
    await importForTest(path, files);
  }
  const now = (): number => RECORDED_AT;
  const steam = steamOfData({ database: files.database, steam: setup.steam, now });
  stack.defer(() => steam.close());
  const gateway = stack.use(await testGateway({ path, startAt: RECORDED_AT, replace: { steam } }));
  if (!setup.starting) gateway.connected.push(aConnected());
  const served = await gateway.serve();
  stack.defer(() => served.close());
  return { gateway, origin: served.url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
