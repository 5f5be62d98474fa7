import { makeInstallation } from "./pytorrent-data.ts";

// `node gateway/bench/make-pytorrent-data.ts FOLDER MODS [ARCHIVES]`: a made-up PyTorrent installation to import.

const [folder, mods, archives] = process.argv.slice(2);
if (folder === undefined || !(Number(mods) > 0)) {
  process.stderr.write("Say a folder and how many mods\n");
  process.exitCode = 2;
} else {
  const made = await makeInstallation({ folder, mods: Number(mods), archives: Number(archives ?? 0) });
  process.stdout.write(`${made.database}\n`);
}
