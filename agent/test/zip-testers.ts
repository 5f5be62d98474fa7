import { execa } from "execa";

const PYTHON_TEST =
  "import sys, zipfile; bad = zipfile.ZipFile(sys.argv[1]).testzip(); sys.exit(f'bad entry {bad}' if bad else 0)";

/** Programs that people unpack with; each reads the whole archive and checks every checksum. */
const TESTERS = [
  { name: "unzip", file: "unzip", args: (zip: string) => ["-tqq", zip] },
  { name: "7z", file: "7z", args: (zip: string) => ["t", "-bd", "-bso0", zip] },
  { name: "python", file: "python3", args: (zip: string) => ["-c", PYTHON_TEST, zip] },
];

export type Verdicts = { name: string; verdict: string }[];

/**
 * What each tester that is installed says: "ok" or its complaint. A missing one is named on stderr and left out on a volunteer's
 * machine; with `CI` set it is a complaint like any other.
 */
export async function testZip(path: string, env: Record<string, string | undefined> = process.env): Promise<Verdicts> {
  const verdicts = await Promise.all(
    TESTERS.map(async ({ name, file, args }) => {
      const result = await execa(file, args(path), { reject: false, all: true, stdin: "ignore", timeout: 120_000 });
      if (result.code === "ENOENT") return { name, verdict: "missing" };
      return { name, verdict: result.exitCode === 0 ? "ok" : `exit ${result.exitCode}: ${result.all}` };
    }),
  );
  const isKept = ({ verdict }: { verdict: string }): boolean => verdict !== "missing" || Boolean(env["CI"]);
  for (const { name } of verdicts.filter((one) => !isKept(one)))
    console.warn(`Not tested with ${name}: it is not installed here`);
  return verdicts.filter(isKept);
}

/** The complaints only: empty when every tester accepts the archive. Throws when there was no tester at all. */
export async function complaints(path: string): Promise<string[]> {
  const verdicts = await testZip(path);
  if (verdicts.length === 0) throw new Error("None of unzip, 7z and python3 is installed");
  return verdicts.filter(({ verdict }) => verdict !== "ok").map(({ name, verdict }) => `${name}: ${verdict}`);
}
