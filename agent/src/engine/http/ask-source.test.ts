import { expect, onTestFinished, test } from "vitest";
import { type Answer, CONTENT, getsIn, serve, serving } from "../../../test/http-file-server.ts";
import { HTTP_LIMITS } from "../options.ts";
import { type Asked, askSource } from "./ask-source.ts";
import { createHostSeats } from "./host-seats.ts";
import { createSourceAgent } from "./open-source.ts";

type Changes = { signal?: AbortSignal; allowPrivate?: boolean; headMs?: number };

async function ask(url: string, { signal, allowPrivate = true, headMs = 10_000 }: Changes = {}): Promise<Asked> {
  const limits = { ...HTTP_LIMITS, headMs };
  const agent = createSourceAgent(allowPrivate, limits);
  onTestFinished(() => agent.destroy());
  const question = { url, fallbackName: "file", acceptPages: false, skipHead: false };
  const reach = { agent, allowPrivate, limits, seats: createHostSeats() };
  return await askSource(question, reach, signal ?? new AbortController().signal);
}

const codeOf = (asked: Asked): string => (asked.kind === "file" ? "file" : asked.failure.code);

test("askSource() tells name and size, and fetches nothing", async () => {
  const { url, requests } = await serving(serve(CONTENT));

  expect(await ask(url)).toMatchObject({
    kind: "file",
    file: { name: "map.bsp", total: 100_000, etag: '"one"', ranges: null },
  });
  expect(getsIn(requests)).toEqual([]);
});

const onlyGet =
  (answer: Answer): Answer =>
  (request, response, turn) => {
    if (request.method === "HEAD") response.writeHead(501).end();
    else answer(request, response, turn);
  };
const onlyPart =
  (range: string): Answer =>
  (_, response) =>
    void response.writeHead(206, { "content-range": range }).end("0");
const html: Answer = (_, response) => void response.writeHead(200, { "content-type": "Text/HTML" }).end("<p>");

test.each<[string, Answer, string]>([
  ["a file where HEAD is not served", onlyGet(serve(CONTENT)), "file"],
  ["a file without ranges", onlyGet(serve(CONTENT, { ranges: false })), "file"],
  ["a file without a size", (_, response) => void response.end("abc"), "file"],
  ["an empty file", (_, response) => void response.writeHead(416, { "content-range": "bytes */0" }).end(), "file"],
  ["a page", html, "source_not_a_file"],
  ["a page that is missing", (_, response) => void response.writeHead(404).end("<p>"), "source_not_found"],
  ["a server that hangs up", (request) => void request.socket.destroy(), "source_unreachable"],
])("askSource() knows %s", async (_, answer, code) => {
  const { url } = await serving(answer);

  expect(codeOf(await ask(url))).toBe(code);
});

test.each([
  [serve(CONTENT), true],
  [serve(CONTENT, { ranges: false }), false],
  [onlyPart("bytes 0-5/100000"), false],
  [onlyPart("bytes 0-0/100000"), true],
])("askSource() takes only a 206 with the very byte for a sign of ranges, case %#", async (answer, ranges) => {
  const { url } = await serving(onlyGet(answer));

  expect(await ask(url)).toMatchObject({ file: { ranges, total: 100_000 } });
});

test("askSource() asks for a byte where HEAD gets no answer", async () => {
  const answer = serve(CONTENT);
  const { url } = await serving((request, response, turn) => {
    if (request.method !== "HEAD") answer(request, response, turn);
  });

  expect(codeOf(await ask(url, { headMs: 20 }))).toBe("file");
});

test.each(["file:///etc/passwd", "ftp://a.test/x"])("askSource() refuses %s", async (url) => {
  expect(await ask(url)).toMatchObject({ kind: "refused" });
});

test("askSource() refuses a private address unless it is allowed", async () => {
  const { url, requests } = await serving(serve(CONTENT));

  expect(await ask(url, { allowPrivate: false })).toMatchObject({ kind: "refused" });
  expect(requests).toEqual([]);
});

test("askSource() throws when it is told to stop", async () => {
  const stop = new AbortController();
  const { url } = await serving(() => stop.abort());

  await expect(ask(url, { signal: stop.signal })).rejects.toThrow("abort");
});
