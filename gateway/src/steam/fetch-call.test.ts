import { createServer, type RequestListener } from "node:http";
import { expect, test } from "vitest";
import { listen } from "../../test/listen.ts";
import { fetchCall, type Outcome } from "./fetch-call.ts";
import { readJson } from "./read-json.ts";

const NOW = Date.UTC(2026, 0, 1);

async function ask(answer: RequestListener, signal = new AbortController().signal): Promise<Outcome<unknown>> {
  const { url, close } = await listen(createServer(answer));
  try {
    return await fetchCall({ url }, readJson, { fetch, timeoutMs: 10_000, bytesMax: 1_000, signal, now: () => NOW });
  } finally {
    await close();
  }
}

test.each([
  ["seconds", "7", 7_000],
  ["a date", new Date(NOW + 90_000).toUTCString(), 90_000],
  ["a date that is over", new Date(NOW - 90_000).toUTCString(), 0],
  ["more than an hour", "999999", 3_600_000],
  ["junk", "soon", null],
])("fetchCall() reads a Retry-After of %s", async (_, header, retryAfterMs) => {
  const outcome = await ask((_request, response) => response.writeHead(429, { "retry-after": header }).end());

  expect(outcome).toEqual({ ok: false, why: "throttled", detail: "Status 429", retryAfterMs });
});

test("fetchCall() reads JSON without a content type, in pieces that cut a character", async () => {
  const bytes = Buffer.from('"мод"');
  const outcome = await ask((_request, response) => {
    response.write(bytes.subarray(0, 2), () => response.end(bytes.subarray(2)));
  });

  expect(outcome).toEqual({ ok: true, body: "мод" });
});

test("fetchCall() stops reading at the byte limit", async () => {
  const outcome = await ask((_request, response) => response.end(JSON.stringify("x".repeat(1_000))));

  expect(outcome).toMatchObject({ ok: false, why: "broken", detail: "More than 1000 bytes" });
});

test("fetchCall() ends when its signal aborts", async () => {
  const controller = new AbortController();

  const outcome = await ask(() => controller.abort(), controller.signal);

  expect(outcome).toMatchObject({ ok: false, why: "broken", detail: expect.stringMatching("AbortError") });
});

test("fetchCall() is a value where nobody listens", async () => {
  const { url, close } = await listen(createServer());
  await close();
  const { signal } = new AbortController();

  const outcome = await fetchCall({ url }, readJson, { fetch, timeoutMs: 5_000, bytesMax: 10, signal, now: () => NOW });

  const detail = expect.stringContaining("ECONNREFUSED");
  expect(outcome).toMatchObject({ ok: false, why: "broken", detail, retryAfterMs: null });
});
