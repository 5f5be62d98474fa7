import { join } from "node:path";
import { downloadFile } from "../src/engine/http/download-file.ts";

// Downloads URL into FOLDER and prints how many bytes it has, line by line. It is there to be killed.
const [url = "", folder = ""] = process.argv.slice(2);
const outcome = await downloadFile(
  {
    ...{ url, folder, partFolder: join(folder, "part"), fallbackName: "file.bin", maxBytes: 1e9, connections: 3 },
    onProgress: ({ bytes }) => void process.stdout.write(`${bytes}\n`),
    signal: new AbortController().signal,
  },
  { allowPrivate: true, limits: { checkpointMs: 1, batchBytes: 1, splitBytesMin: 64 * 1024, progressMs: 0 } },
);
process.stdout.write(`${outcome.kind}\n`);
