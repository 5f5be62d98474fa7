import { Secret } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { createLog, type LogLevel, silentLog } from "./log.ts";

function listening(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => lines.push(line) });
  return { log, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? "null") };
}

test("createLog() writes one JSON line per call with time, level, message and fields", () => {
  const { log, lines, last } = listening("info");

  log.info("Started\nindeed", { port: 8080 });

  expect(lines).toHaveLength(1);
  expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
  expect(last()).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    message: "Started\nindeed",
    port: 8080,
  });
});

test("createLog() leaves out what is below its level", () => {
  const { log, lines } = listening("warn");

  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");

  expect(lines.map((line) => JSON.parse(line).message)).toEqual(["c", "d"]);
});

test("createLog() writes errors with their causes and details", () => {
  const { log, last } = listening("info");

  log.error("Failed", { error: Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "busy" }) });

  expect(last()).toMatchObject({ error: { message: "outer", code: "busy", cause: { message: "inner" } } });
});

test("createLog() never writes a secret", () => {
  const { log, lines } = listening("info");

  log.with({ token: new Secret("hunter2") }).info("Config", { deep: { key: new Secret("hunter2") } });

  expect(lines[0]).not.toContain("hunter2");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ token: "[secret]", deep: { key: "[secret]" } });
});

test("with() adds its fields to every line and leaves the parent alone", () => {
  const { log, lines } = listening("info");

  log.with({ request: "req_1" }).with({ mod: "42" }).info("child");
  log.info("parent");

  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ request: "req_1", mod: "42" }, {}]);
  expect(lines[1]).not.toContain("req_1");
});

test("silentLog takes every call and hands out itself", () => {
  expect(silentLog.with({ a: 1 })).toBe(silentLog);
  expect(silentLog.error("nothing")).toBeUndefined();
});
