import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { createContract } from "../../test/contract/contract.ts";
import { recordedAnswers } from "../../test/contract/recorded-answers.ts";
import { testGateway } from "../../test/harness.ts";
import { readerPaths } from "./pytorrent/readers.ts";
import { statisticsPaths } from "./pytorrent/statistics.ts";

/** Routes that people see in a browser; no program calls them. */
const PAGES = [
  ...["POST /", "GET /jobs/{id}", "GET /docs", "GET /docs/start.js", "GET /docs/swagger-ui.css"],
  ...["GET /docs/swagger-ui-bundle.js", "GET /redoc", "GET /favicon.ico", "GET /site.css", "GET /openapi.json"],
];

async function contractOf() {
  await using gateway = await testGateway();
  const text = await (await gateway.get("/openapi.json")).text();
  return { text, contract: createContract(text), routes: gateway.app.routes };
}

/** Read once for all tests of this file: none of them changes it. */
const described = contractOf();

test("openApiText() has nothing for a linter to say", async () => {
  const { text } = await described;
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      // What takes nothing can refuse nothing: probes, and statistics without a parameter.
      "operation-4xx-response": "off",
      "parameter-description": "error",
      // The agents' socket opens with a 101. What every other operation answers is driven by a test of its own.
      "operation-2xx-response": "off",
      // Two of PyTorrent's paths end with a slash, and to move its users without changing a line is what they are for.
      "no-path-trailing-slash": "off",
    },
  });

  const found = await lintFromString({ source: text, absoluteRef: "/openapi.json", config });

  expect(found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
});

test("openApiText() describes every route of the application but the pages", async () => {
  const { contract, routes } = await described;
  const documented = new Set(contract.operations.map(({ method, path }) => `${method} ${path}`));

  const served = routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`);

  expect(PAGES.filter((page) => !served.includes(page))).toEqual([]);
  expect([...new Set(served)].filter((route) => !documented.has(route) && !PAGES.includes(route))).toEqual([]);
});

test("openApiText() describes every path of PyTorrent's readers and statistics", async () => {
  await using gateway = await testGateway();
  const { contract } = await described;
  const documented = contract.operations.map(({ path }) => path);

  const served = [...readerPaths(gateway.deps), ...statisticsPaths(gateway.deps)].map(({ template }) => template);

  expect(served.length).toBeGreaterThan(10);
  expect(served.filter((template) => !documented.includes(template))).toEqual([]);
});

test("openApiText() names each operation once, readably, and under a known audience", async () => {
  const { contract } = await described;
  const ids = contract.operations.map(({ id }) => id);
  const audiences = contract.document.tags.map(({ name }) => name);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z]+[A-Za-z0-9]+$/.test(id))).toEqual([]);
  const tags = Object.values(contract.document.paths).flatMap((methods) =>
    Object.values(methods).map(({ tags }) => tags[0]),
  );
  expect(new Set(tags)).toEqual(new Set(audiences));
});

test("openApiText() has no example that its own schema refuses", async () => {
  const { contract } = await described;

  expect(contract.exampleFaults()).toEqual([]);
});

test("openApiText() has an example of every JSON answer", async () => {
  const { contract } = await described;

  expect(contract.withoutExample()).toEqual([]);
});

test("openApiText() allows everything the original was recorded to answer, and we owe", async () => {
  const { contract } = await described;
  const answers = recordedAnswers();

  expect(answers.length).toBeGreaterThan(200);
  expect(answers.flatMap((answer) => contract.faults(answer))).toEqual([]);
});
