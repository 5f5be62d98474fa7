import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { exercise } from "../test/exercise.ts";
import { ITEM, library, moveJob } from "../test/library.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DENO = at("../../../node_modules/.bin/deno");

/** All that the client may use of a browser. Not here: process, Buffer, require and whatever else only Node has. */
const WEB = {
  ...{ fetch, Headers, Request, Response, URL, URLSearchParams, FormData, Blob },
  ...{ AbortController, AbortSignal, DOMException, ReadableStream, TransformStream, TextDecoder, TextEncoder, atob },
  ...{ setTimeout, clearTimeout, console },
};

/** Runs the exercise somewhere while an agent's work is played here. */
async function watched(run: (url: string, id: string) => Promise<unknown>) {
  const { gateway, url } = await library();
  const seen = run(url, ITEM.id);
  await expect
    .poll(async () => (await gateway.deps.jobs.latestFor(ITEM.id))?.state, { timeout: 20_000 })
    .toBe("queued");
  const { zip, version } = await gateway.addArchive();
  await moveJob(gateway, ITEM.id, "done");
  const { sha256 } = version.archive;
  const expected = { name: ITEM.title, last: "done", bytes: zip.length, sha256, listed: 1, refused: "not_found" };
  return { seen: await seen, expected };
}

async function inDeno(url: string, id: string): Promise<unknown> {
  const script = at("../test/in-deno.ts");
  const flags = ["run", "--no-check", "--no-prompt", "--allow-net=127.0.0.1", script, url, id];
  const { stdout } = await promisify(execFile)(DENO, flags);
  return JSON.parse(stdout);
}

/** One bundle in a context that has the web's globals and no modules: what a page is given. */
async function inBrowser(url: string, id: string): Promise<unknown> {
  const bundle = await rolldown({ input: at("../test/exercise.ts"), platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", name: "bundled" });
  await bundle.close();
  const context = createContext({ ...WEB });
  const text = `${output[0].code}; bundled.exercise(${JSON.stringify(url)}, ${JSON.stringify(id)}).then(JSON.stringify)`;
  return JSON.parse(String(await runInContext(text, context)));
}

test.each([
  ["Node", exercise],
  ["Deno, with no permission but the network", inDeno],
  ["a browser, bundled, with the web's globals alone", inBrowser],
])("createClient() asks, waits, downloads and is refused in %s", async (_, run) => {
  const { seen, expected } = await watched(run);

  expect(seen).toEqual(expected);
});
