import { expect, test } from "vitest";
import { z } from "zod";
import { AGENT_VARIABLES, flagsAsVariables, GATEWAY_VARIABLES, problemsText, readEnvironment } from "./environment.ts";
import { variable } from "./variable.ts";

const schema = z.object({
  MODFLEET_GATEWAY: variable.origin(),
  MODFLEET_SLOTS: variable.whole(1, 16).default(2),
  MODFLEET_INVITE: variable.secret().optional(),
});
/** Counts differing characters: enough to tell which name is near. */
const distance = (a: string, b: string) =>
  Math.abs(a.length - b.length) + [...a].filter((letter, n) => letter !== b[n]).length;
const read = (env: Record<string, string | undefined>) => readEnvironment({ schema, env, distance });

test("readEnvironment() gives typed values and defaults", () => {
  expect(read({ MODFLEET_GATEWAY: "http://localhost:8080" })).toEqual({
    ok: true,
    values: { MODFLEET_GATEWAY: "http://localhost:8080", MODFLEET_SLOTS: 2 },
    warnings: [],
  });
});

test("readEnvironment() takes an empty value for an unset one", () => {
  expect(read({ MODFLEET_GATEWAY: "http://h", MODFLEET_SLOTS: "", MODFLEET_INVITE: "" })).toMatchObject({ ok: true });
});

test("readEnvironment() lists everything that is wrong, the missing included, and repeats no value", () => {
  const result = read({ MODFLEET_SLOTS: "hunter2", MODFLEET_INVITE: "x" });

  expect(result).toEqual({
    ok: false,
    problems: ["MODFLEET_GATEWAY: Is required", "MODFLEET_SLOTS: Must be a whole number from 1 to 16"],
    warnings: [],
  });
});

test("readEnvironment() warns about unknown names with our prefix only, with the nearest known one", () => {
  const { warnings } = read({ MODFLEET_GATEWAY: "http://h", MODFLEET_SLOTZ: "2", MODFLET_SLOTS: "3", PATH: "/bin" });

  expect(warnings).toEqual(["MODFLEET_SLOTZ is not a variable of Modfleet, did you mean MODFLEET_SLOTS?"]);
});

test("readEnvironment() is silent about the other program's variables", () => {
  const env = Object.fromEntries([...GATEWAY_VARIABLES, ...AGENT_VARIABLES].map((name) => [name, ""]));

  expect(read({ ...env, MODFLEET_GATEWAY: "http://h" }).warnings).toEqual([]);
});

test("problemsText() has one line per problem", () => {
  expect(problemsText(["A: b", "C: d"])).toBe("Cannot start, the configuration is wrong:\n  A: b\n  C: d");
});

test("flagsAsVariables() names options as variables and leaves out what is none", () => {
  const options = { localPort: "0", slots: 3, openEnrolment: true, uses: "5", invite: undefined };

  expect(flagsAsVariables(options, [...GATEWAY_VARIABLES, ...AGENT_VARIABLES])).toEqual({
    MODFLEET_LOCAL_PORT: "0",
    MODFLEET_SLOTS: "3",
    MODFLEET_OPEN_ENROLMENT: "1",
  });
});
