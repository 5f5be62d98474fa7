import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { testGateway } from "../test/harness.ts";
import type { Log, LogFields } from "./log.ts";
import { ProblemView } from "./routes/problem.ts";

type Line = { level: string; message: string; fields: LogFields };

/** A log whose lines the test reads. */
function listeningLog() {
  const lines: Line[] = [];
  const at = (always: LogFields): Log => {
    const say =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void lines.push({ level, message, fields: { ...always, ...fields } });
    return {
      ...{ debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
      with: (fields) => at({ ...always, ...fields }),
    };
  };
  return { log: at({}), lines };
}

test("createApp() gives each request an id that its answer and its log lines carry", async () => {
  const { log, lines } = listeningLog();
  await using gateway = await testGateway({ log });

  const answer = await gateway.get("/healthz");

  const requestId = answer.headers.get("x-request-id");
  expect(requestId).toMatch(/^req_/);
  expect(lines).toContainEqual({
    level: "info",
    message: "Answered",
    fields: { requestId, method: "GET", path: "/healthz", status: 200, ms: 0 },
  });
});

test.each([
  ["my-trace_1", "my-trace_1"],
  ["a b", /^req_/],
  ["x".repeat(65), /^req_/],
  ['"}{', /^req_/],
])("createApp() takes over the request id %j only when it is sane", async (given, expected) => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/healthz", { "x-request-id": given });

  expect(answer.headers.get("x-request-id")).toMatch(expected);
});

test.each(["/", "/healthz", "/openapi.json", "/api/mods", "/nothing", "/download/x"])(
  "GET %s has the headers that keep browsers from guessing",
  async (path) => {
    await using gateway = await testGateway();

    const { headers } = await gateway.get(path);

    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
  },
);

test("GET /api/nothing is a problem document", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/api/nothing/at/all");

  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(ProblemView.parse(await answer.json())).toEqual({
    type: "urn:modfleet:problem:not_found",
    title: "There is no such thing here",
    status: 404,
    code: "not_found",
    detail: "Nothing is at /api/nothing/at/all",
    instance: "/api/nothing/at/all",
    requestId: answer.headers.get("x-request-id"),
    errors: [],
  });
});

test.each([
  ["PUT", "/api/mods/7", "GET, HEAD"],
  ["GET", "/api/mods/7/fetch", "POST"],
  ["PATCH", "/api/jobs/x", "GET, HEAD, DELETE"],
  ["DELETE", "/healthz", "GET, HEAD"],
])("%s %s is a 405 that names the methods there are", async (method, path, allow) => {
  await using gateway = await testGateway();

  const answer = await gateway.send(method, path);

  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe(allow);
  expect(ProblemView.parse(await answer.json()).code).toBe("method_not_allowed");
});

test.each([
  ["no content type", "{}", null, 415, "unsupported_media_type"],
  ["another content type", "{}", "text/plain", 415, "unsupported_media_type"],
  ["a form", "a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
  ["no JSON", "{", "application/json", 400, "bad_request"],
  ["another shape", "[]", "application/json", 400, "bad_request"],
] as const)("POST of %s is refused", async (_, text, type, status, code) => {
  await using gateway = await testGateway();
  const body = new TextEncoder().encode(text);

  const answer = await gateway.send("POST", "/agent/v1/enrol", {
    body,
    headers: type === null ? {} : { "content-type": type },
  });

  expect(answer.status).toBe(status);
  expect(ProblemView.parse(await answer.json()).code).toBe(code);
});

test("createApp() refuses a body of unknown length as soon as it is too large", async () => {
  await using gateway = await testGateway();
  const server = await gateway.serve();
  const endless = new ReadableStream<Uint8Array>({ pull: (sink) => sink.enqueue(new Uint8Array(16 * 1024)) });

  const answer = await fetch(`${server.url}/api/mods/7/fetch`, {
    method: "POST",
    body: endless,
    duplex: "half",
  } as never);

  expect(answer.status).toBe(413);
  expect(ProblemView.parse(await answer.json()).code).toBe("body_too_large");
  await server.close();
});

test("createApp() keeps our faults to itself and logs them with their cause", async () => {
  const { log, lines } = listeningLog();
  await using gateway = await testGateway({ log });
  const error = new Error("SELECT secret FROM vault", { cause: new Error("disk on fire") });
  gateway.deps.catalogue.findMod = () => Promise.reject(error);

  const answer = await gateway.get("/api/mods/7");
  const text = await answer.text();

  expect(answer.status).toBe(500);
  const problem = ProblemView.parse(JSON.parse(text));
  expect(problem).toMatchObject({ code: "internal", requestId: answer.headers.get("x-request-id") });
  expect(problem.detail).toContain(problem.requestId);
  expect(text).not.toContain("secret");
  expect(lines).toContainEqual(expect.objectContaining({ level: "error", fields: expect.objectContaining({ error }) }));
});

test("createApp() answers whatever strangers send, and never with a fault of its own", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  const known = [
    "api",
    "mods",
    version.mod,
    "versions",
    version.key,
    "entries",
    "archive",
    "jobs",
    "download",
    "steam",
  ];
  const odd = [
    "",
    ".",
    "..",
    "%",
    "%2F",
    "%00",
    "%E0%A4%A",
    "{path}",
    "*",
    "-1",
    "__proto__",
    "9".repeat(30),
    "a".repeat(5_000),
  ];
  const segment = fc.oneof(fc.constantFrom(...known), fc.constantFrom(...odd), fc.webSegment());
  const query = fc.oneof(
    fc.constantFrom("", "?", "?%", "?a&a", "?__proto__=1", "?limit[]=1", "?q=%00"),
    fc.webQueryParameters().map((text) => `?${text}`),
  );
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
  const header = fc.constantFrom(
    "range",
    "if-range",
    "if-none-match",
    "if-match",
    "if-modified-since",
    "accept-language",
    "last-event-id",
  );
  const headers = fc.dictionary(
    header,
    fc.string({ maxLength: 30 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
  );

  await fc.assert(
    fc.asyncProperty(method, fc.array(segment, { maxLength: 7 }), query, headers, async (verb, path, search, extra) => {
      const answer = await gateway.send(verb, `/${path.join("/")}${search}`, { headers: extra });
      await answer.body?.cancel();

      expect([...Array(500).keys(), 503], `${verb} /${path.join("/")}${search}`).toContain(answer.status);
    }),
    { numRuns: 300 },
  );
});

test("GET /api/… is open to every origin, preflight and refusals included", async () => {
  await using gateway = await testGateway();
  const origin = { origin: "https://mods.example" };

  const answers = [
    await gateway.get("/api/mods", origin),
    await gateway.get("/api/mods/0", origin),
    await gateway.send("OPTIONS", "/api/mods", {
      headers: { ...origin, "access-control-request-method": "GET", "access-control-request-headers": "range" },
    }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([200, 400, 204]);
  for (const { headers } of answers) expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(answers[2]?.headers.get("access-control-allow-headers")).toBe("range");
  expect(answers[2]?.headers.get("access-control-allow-methods")).toContain("GET");
});

test("POST /agent/… is not open to other origins", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.send("OPTIONS", "/agent/v1/enrol", { headers: { origin: "https://mods.example" } });

  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

const Operation = z.object({
  operationId: z.string().optional(),
  summary: z.string(),
  responses: z.record(z.string(), z.object({ description: z.string() })),
});

test("GET /openapi.json describes every route under /api with its answers", async () => {
  await using gateway = await testGateway();

  const document = z
    .object({ openapi: z.literal("3.1.0"), paths: z.record(z.string(), z.record(z.string(), Operation)) })
    .parse(await (await gateway.get("/openapi.json")).json());

  const routes = gateway.app.routes.filter(({ path, method }) => path.startsWith("/api/") && method !== "ALL");
  for (const { path, method } of routes) {
    const documented = path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
    expect(document.paths[documented]?.[method.toLowerCase()], `${method} ${documented}`).toBeDefined();
  }
  const ids = Object.entries(document.paths)
    .filter(([path]) => path.startsWith("/api/"))
    .flatMap(([, methods]) => Object.values(methods).map(({ operationId }) => operationId));
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
});
