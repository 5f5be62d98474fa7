import { expect, test } from "vitest";
import { layerFaults } from "./layers.ts";
import { aSourceFile, readSourceFiles } from "./source-files.ts";

const files = readSourceFiles(new URL("..", import.meta.url).pathname);
const faultsOf = (path: string, text: string) => layerFaults([aSourceFile(path, text)]);

test("layerFaults() finds none in this repository", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(layerFaults(files)).toEqual([]);
});

test.each([
  ["gateway/src/domain/job.ts", 'import { x } from "../store/jobs.ts";'],
  ["gateway/src/domain/job.ts", 'import type { Log } from "../log.ts";'],
  ["gateway/src/store/jobs.ts", 'import { x } from "../blobs/disk.ts";'],
  ["gateway/src/steam/cache.ts", 'import { x } from "../deps.ts";'],
  ["gateway/src/actions/beat.ts", 'import { x } from "../routes/problem.ts";'],
  ["gateway/src/routes/api/a.ts", 'import { x } from "../../link/hub.ts";'],
  ["gateway/src/loops/sweep.ts", 'import { x } from "../app.ts";'],
  ["gateway/src/link/hub.ts", 'import { x } from "../commands/serve.ts";'],
  ["gateway/src/store/a.ts", 'import { x } from "../../../agent/src/log.ts";'],
  ["gateway/src/store/a.ts", 'import { x } from "../../test/fake-steam.ts";'],
  ["gateway/src/routes/a.ts", 'import Database from "libsql";'],
  ["gateway/src/routes/a.ts", 'import { WebSocket } from "ws";'],
  ["agent/src/link/a.ts", 'import type { Work } from "../work/work.ts";'],
  ["agent/src/local/a.ts", 'import { x } from "../work/work.ts";'],
  ["agent/src/engine/a.ts", 'import { x } from "../pack/pack.ts";'],
  ["agent/src/work/a.ts", 'import { x } from "../link/connection.ts";'],
  ["agent/src/work/a.ts", 'const { x } = await import("../link/connection.ts");'],
  ["agent/src/work/a.ts", 'import { WebSocket } from "ws";'],
  ["agent/src/local/a.ts", 'import { WebSocket } from "ws";'],
  ["agent/src/upload/a.ts", 'import { ZipFile } from "yazl";'],
  ["agent/test/a.ts", 'import { x } from "../../gateway/src/app.ts";'],
  ["agent/src/agent.ts", 'import { x } from "@modfleet/gateway";'],
  ["agent/src/work/a.ts", 'import { x } from "@modfleet/client";'],
  ["gateway/src/app.ts", 'import { x } from "@modfleet/client";'],
  ["gateway/src/app.ts", 'import { x } from "../client/src/mod.ts";'],
  ["gateway/client/src/a.ts", 'import { x } from "@modfleet/protocol";'],
  ["gateway/client/src/a.ts", 'import { x } from "../../src/routes/problem.ts";'],
  ["gateway/client/src/a.ts", 'import { x } from "node:fs";'],
  ["protocol/src/ids.ts", 'import { createHash } from "node:crypto";'],
  ["gateway/src/app.ts", "const now = Date.now();"],
  ["gateway/src/log.ts", "const now = new Date();"],
  ["agent/src/config.ts", "const { HOME } = process.env;"],
  ["protocol/src/limits.ts", "const random = Math.random;"],
])("layerFaults() refuses %s with %s", (path, text) => {
  expect(faultsOf(path, text)).toEqual([expect.stringContaining(path)]);
});

test.each([
  ["gateway/src/node.ts", "const now = Date.now; const env = process.env;"],
  ["gateway/src/commands/serve.ts", 'import { x } from "../app.ts"; import { y } from "../runtime.ts";'],
  ["gateway/src/actions/beat.ts", 'import { x } from "../domain/job.ts"; import { y } from "../store/jobs.ts";'],
  ["gateway/src/link/hub.test.ts", 'import { x } from "../routes/problem.ts"; const now = Date.now();'],
  ["agent/src/work/runner.ts", 'import { x } from "../engine/engine.ts"; // not Date.now'],
  ["protocol/src/proof.test.ts", 'import { createHash } from "node:crypto";'],
  ["agent/src/commands/a.ts", 'import { x } from "@modfleet/client";'],
  ["agent/src/local/console/a.ts", 'import { WebSocketServer } from "ws";'],
  ["gateway/client/src/a.test.ts", 'import { x } from "../../test/harness.ts"; import { y } from "node:fs";'],
  ["gateway/client/src/a.ts", 'import { x } from "./b.ts"; import y from "openapi-fetch";'],
  ["deploy/local.ts", "const now = Date.now();"],
])("layerFaults() lets %s do %s", (path, text) => {
  expect(faultsOf(path, text)).toEqual([]);
});
