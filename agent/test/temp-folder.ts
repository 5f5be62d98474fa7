import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type TempFolder = AsyncDisposable & {
  path: string;
  /** Absolute path of something below it. */
  at(...names: string[]): string;
  /** Writes files by their path with `/`, parents included. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
};

/** A folder of its own for one test, removed when it goes out of scope. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "modfleet-test-")));
  const at = (...names: string[]): string => join(path, ...names);
  return {
    path,
    at,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(at(name)), { recursive: true });
        await writeFile(at(name), content);
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
