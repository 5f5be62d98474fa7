import { Secret } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { createLog } from "./log.ts";

test("createLog() writes one JSON line per call from its level on, with causes and without secrets", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", write: (line) => void lines.push(line) });

  log.debug("not this");
  log.warn("Could not", { cause: new Error("outer", { cause: new Error("inner") }), token: new Secret("abc") });

  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? "");
  expect(line).toMatchObject({ level: "warn", message: "Could not", token: "[secret]" });
  expect(line.cause).toMatchObject({ message: "outer", cause: { message: "inner" } });
  expect(line.time).toMatch(/^\d{4}-.*Z$/);
});
