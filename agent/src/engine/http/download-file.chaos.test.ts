import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Get, QUICK_LIMITS, serve, serving, tempFolder } from "../../../test/http-file-server.ts";
import { type DownloadOutcome, downloadFile } from "./download-file.ts";

const BYTES = 300_000;
/** Two states of one file: every byte tells which one it is of, and nearly which place. */
const STATES = ["a", "b"].map((letter) =>
  Array.from({ length: BYTES / 10 }, (_, i) => `${letter}${i}`.padEnd(10)).join(""),
);

type Fault = "none" | "break" | "whole" | "other_range" | "shorter" | "pause" | "error" | "too_much";
const faults = fc.array(
  fc.record({
    fault: fc.constantFrom<Fault>("none", "break", "whole", "other_range", "shorter", "pause", "error", "too_much"),
    at: fc.nat(100_000),
  }),
  { maxLength: 12 },
);

/** Plays one fault on a request for bytes; false: the server answers as it should. */
function play({ fault, at }: { fault: Fault; at: number }, content: string, { range, response }: Get): boolean {
  if (fault === "pause") return end(response.writeHead(503, { "retry-after": "0" }));
  if (fault === "error") return end(response.writeHead(500));
  if (fault === "break") return end(response.destroy());
  if (range === null || fault === "none") return false;
  const head = (from: number, to: number) => ({ etag: '"one"', "content-range": `bytes ${from}-${to - 1}/${BYTES}` });
  const middle = Math.min(range.to, range.from + 1 + at);
  if (fault === "shorter") {
    response.writeHead(206, head(range.from, middle)).end(content.slice(range.from, middle));
  } else if (fault === "too_much") {
    response.writeHead(206, head(range.from, range.to)).end(`${content.slice(range.from, range.to)}more`);
  } else if (fault === "other_range") response.writeHead(206, head(0, middle)).end(content.slice(0, middle));
  else response.writeHead(200, { etag: '"one"', "content-length": BYTES }).end(content);
  return true;
}

function end(response: Get["response"]): boolean {
  response.end();
  return true;
}

async function download(url: string, blockBytes: number | null): Promise<DownloadOutcome> {
  const folder = await tempFolder();
  return await downloadFile(
    {
      ...{ url, folder, partFolder: join(folder, "part"), fallbackName: "file", maxBytes: 1e6, connections: 3 },
      ...{ blockBytes, onProgress: () => undefined, signal: new AbortController().signal },
    },
    { allowPrivate: true, limits: { ...QUICK_LIMITS, splitBytesMin: 16_384, resumesMax: 20, resumeWaitMaxMs: 1 } },
  );
}

test("downloadFile() has one state of the file, whole, whatever a server does", async () => {
  const cases = fc.record({
    script: faults,
    changesAt: fc.option(fc.integer({ min: 1, max: 8 })),
    blockBytes: fc.option(fc.integer({ min: 20_000, max: 200_000 })),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ script, changesAt, blockBytes }) => {
      const [first = "", second = ""] = STATES;
      const left = [...script];
      const fault = (content: string) => (get: Get) => play(left.shift() ?? { fault: "none", at: 0 }, content, get);
      const before = serve(first, { instead: fault(first) });
      const after = serve(second, { etag: '"two"' });
      let gets = 0;
      const { url } = await serving((request, response, turn) => {
        if (request.method === "GET") gets += 1;
        (changesAt !== null && gets >= changesAt ? after : before)(request, response, turn);
      });

      const outcome = await download(url, blockBytes);

      if (outcome.kind !== "downloaded") throw new Error(JSON.stringify(outcome));
      const text = await readFile(outcome.path, "latin1");
      expect(STATES.indexOf(text)).not.toBe(-1);
    }),
    { numRuns: 40 },
  );
});
