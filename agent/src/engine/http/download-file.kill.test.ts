import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Get, getsIn, serve, serving, tempFolder } from "../../../test/http-file-server.ts";
import { PartState } from "./part-file.ts";

const PROGRAM = fileURLToPath(new URL("../../../test/http-download-child.ts", import.meta.url));
const BYTES = 3_000_000;

/** Every place has bytes of its own, so that nothing can lie in a wrong one unseen. */
function contentOf(seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Uint32Array.from({ length: BYTES / 4 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state;
    }).buffer,
  );
}

/** Sends a little at a time, so that a kill finds every connection at work. */
function trickle(content: Buffer): (get: Get) => boolean {
  return ({ range, response }) => {
    if (range === null) return false;
    response.writeHead(206, {
      ...{ etag: '"one"', "content-length": range.to - range.from },
      "content-range": `bytes ${range.from}-${range.to - 1}/${BYTES}`,
    });
    const send = (from: number): void => {
      if (from >= range.to) return void response.end();
      response.write(content.subarray(from, Math.min(range.to, from + 20_000)), () => send(from + 20_000));
    };
    send(range.from);
    return true;
  };
}

type Life = { url: string; folder: string; killAt: number };

/** Runs the child until it has `killAt` bytes; its last line where it came to an end first. */
async function live({ url, folder, killAt }: Life): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, url, folder], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const closed = once(child, "close");
  let last = "";
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (Number(line) >= killAt) child.kill("SIGKILL");
  }
  await closed;
  return last;
}

async function journalOf(folder: string): Promise<PartState> {
  return PartState.parse(JSON.parse(await readFile(join(folder, "part/journal.json"), "utf8")));
}

/** Kills it twice and lets it finish; each time the journal tells no more than the truth, and nothing of it is fetched again. */
async function liveThreeTimes(seed: number): Promise<void> {
  const content = contentOf(seed);
  const folder = await tempFolder();
  const { url, requests } = await serving(serve(content, { instead: trickle(content) }));
  const first = 200_000 + ((seed * 777_777) % 1_000_000);
  let known: PartState["written"] = [];

  for (const killAt of [first, first + 900_000, Number.POSITIVE_INFINITY]) {
    const asked = requests.length;
    const end = await live({ url, folder, killAt });
    const starts = getsIn(requests.slice(asked)).map(({ headers }) => Number(/\d+/.exec(headers.range ?? "")?.[0]));
    expect(starts.filter((at) => known.some(({ from, to }) => from <= at && at < to))).toEqual([]);
    if (killAt === Number.POSITIVE_INFINITY) expect(end).toBe("downloaded");
    else known = await believable(folder, content);
  }
  expect((await readFile(join(folder, "map.bsp"))).equals(content)).toBe(true);
}

async function believable(folder: string, content: Buffer): Promise<PartState["written"]> {
  const body = await readFile(join(folder, "part/body"));
  const { written } = await journalOf(folder);
  for (const { from, to } of written) {
    expect(body.subarray(from, to).equals(content.subarray(from, to))).toBe(true);
  }
  return written;
}

test("downloadFile() has the right bytes after kill -9 at random moments", async () => {
  await Promise.all([1, 2, 3].map((seed) => liveThreeTimes(seed)));

  expect.hasAssertions();
});
