import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Bench, type Client, consoleBench } from "../../../test/console-bench.ts";
import { FILE } from "../../../test/console-files.ts";
import { eventually } from "../../../test/eventually.ts";

const Frame = z.union([z.string(), z.object({ binary: z.string() })]);
const Case = z.object({
  id: z.string(),
  state: z.string(),
  send: z.array(Frame),
  receive: z.array(z.array(z.string())),
  query: z.string().default(""),
});
type Case = z.infer<typeof Case>;

const text = readFileSync(new URL("./fixtures/console.json", import.meta.url), "utf8");
const { texts, cases } = z
  .object({ texts: z.record(z.string(), z.string()), cases: z.array(Case) })
  .parse(JSON.parse(text));

/** What the placeholders of the cases stand for on this server. */
function urlsOf({ files }: Bench): Record<string, string> {
  const paths = {
    ...{ url: "/plain/one.bin", url_4: "/plain/d.bin", other: "/other/one.bin" },
    ...{ url_1: "/gated/a.zip", url_2: "/gated/b.zip", url_3: "/gated/c.zip" },
    ...{ page: "/page", page_lower: "/page-lower", page_bare: "/page-bare", page_upper: "/page-upper" },
    ...{ status_404: "/404", status_500: "/500", drops_connection: "/drops", redirect: "/redirect", circle: "/circle" },
    ...{ head_405: "/head-405", no_type: "/no-type", never_answers: "/never" },
  };
  return {
    ...Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${files.url}${path}`])),
    refused: files.refusedUrl,
    unknown_host: "http://nobody.invalid/x.bin",
    tls_on_a_plain_port: files.url.replace("http:", "https:"),
  };
}

type Urls = Record<string, string>;

async function isDone(bench: Bench, count: number): Promise<void> {
  await eventually(() => expect(bench.console().list.counts().done).toBe(count));
}

async function isLoading(bench: Bench, url = ""): Promise<void> {
  await eventually(() => expect(bench.console().list.loading()).toMatchObject({ url, total: FILE.length }));
}

/** Brings the console into a state as the cases describe it. */
async function arrange(state: string, bench: Bench, urls: Urls): Promise<void> {
  const { url = "", url_1 = "", url_2 = "", url_3 = "" } = urls;
  if (state === "fresh") return;
  if (state.startsWith("{url} is done") || state === "all is done") {
    await bench.send(url);
    await isDone(bench, 1);
    if (state.endsWith("has deleted the file")) await rm(bench.folder.at("files", "one.bin"));
    return;
  }
  if (state === "{url} is loading from a server without ranges") {
    urls["url"] = url.replace("/plain/", "/whole/");
    await bench.send(urls["url"]);
    return await isLoading(bench, urls["url"]);
  }
  await bench.send(url_1, url_2, url_3);
  await isLoading(bench, url_1);
  if (state.startsWith("{url_1} is loading, {url_2} and {url_3} wait")) return;
  bench.files.open("a.zip");
  await isDone(bench, 1);
  await isLoading(bench, url_2);
  if (state === "{url_1} is done, {url_2} is loading, {url_3} waits") return;
  if (state.startsWith("{url_1} was done, {url_2} loading")) return await bench.restart();
  expect(state).toBe("all three are done");
  bench.files.open("b.zip");
  bench.files.open("c.zip");
  await isDone(bench, 3);
}

const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The pattern of one frame; the file of a `{file_url}` is named like its URL, or in `{url}` cases `one.bin`. */
function patternOf(frame: string, bench: Bench, urls: Urls): RegExp {
  const of = /\{(url\w*)\}/.exec(frame)?.[1] ?? "url";
  const name = urls[of]?.split("/").at(-1) ?? "";
  const values: Record<string, string> = {
    bytes: String(FILE.length),
    percent: "(100|[0-9]{1,2})\\.[0-9]",
    threads: "[1-4]",
    file_url: escaped(pathToFileURL(bench.folder.at("files", name)).href),
  };
  const parts = frame.split(/\{(\w+)\}/);
  return new RegExp(
    `^${parts.map((part, at) => (at % 2 ? (values[part] ?? escaped(urls[part] ?? part)) : escaped(part))).join("")}$`,
  );
}

function toFrame(frame: z.infer<typeof Frame>, urls: Urls): string | Buffer {
  const filled = (typed: string): string => typed.replace(/\{(\w+)\}/g, (whole, name: string) => urls[name] ?? whole);
  return typeof frame === "string" ? filled(frame) : Buffer.from(filled(frame.binary));
}

/** Nothing came that nobody asked for: the six lines of the help are the next. */
async function expectSilence(client: Client): Promise<void> {
  client.say("help_command");
  expect(await client.answers(6)).toEqual(cases[0]?.receive[0]);
}

async function arranged({ state, query, send }: Case) {
  const isSilent = send.includes("{never_answers}");
  const bench = await consoleBench(isSilent ? { answerMs: 200 } : {});
  const urls = urlsOf(bench);
  await arrange(state, bench, urls);
  return { bench, urls, client: await bench.client(query), [Symbol.asyncDispose]: bench[Symbol.asyncDispose] };
}

describe("console.json", () => {
  test("console.json is here as a whole", () => {
    expect(cases).toHaveLength(37);
    expect(cases.every(({ send, receive }) => send.length === receive.length)).toBe(true);
    expect(Object.keys(texts)).toHaveLength(8);
  });

  test.each(cases.map((each) => [each.id, each] as const))("%s, one frame after the other", async (_, given) => {
    await using world = await arranged(given);
    const { bench, urls, client } = world;

    for (const [at, frame] of given.send.entries()) {
      const expected = (given.receive[at] ?? []).map((each) => expect.stringMatching(patternOf(each, bench, urls)));
      client.say(toFrame(frame, urls));
      expect(await client.answers(expected.length)).toEqual(expected);
    }
    await expectSilence(client);
  });

  test.each(cases.map((each) => [each.id, each] as const))("%s, all frames at once", async (_, given) => {
    await using world = await arranged(given);
    const { bench, urls, client } = world;
    const expected = given.receive.flat().map((each) => expect.stringMatching(patternOf(each, bench, urls)));

    client.say(...given.send.map((frame) => toFrame(frame, urls)));

    expect(await client.answers(expected.length)).toEqual(expected);
    await expectSilence(client);
  });
});
