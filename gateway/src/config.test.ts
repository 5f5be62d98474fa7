import { GATEWAY_VARIABLES } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { testConfig } from "../test/test-config.ts";
import { parseConfig } from "./config.ts";

const configOf = (env: Record<string, string>) => {
  const read = parseConfig(env);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.config;
};
const problemsOf = (env: Record<string, string>) => {
  const read = parseConfig(env);
  return read.ok ? [] : read.problems;
};

test("parseConfig() gives the documented defaults for an empty environment", () => {
  const config = configOf({});

  expect(config).toMatchObject({ host: "127.0.0.1", port: 8080, openEnrolment: false, allowPrivateSources: false });
  expect(config.dataFolder).toMatch(/\/data\/gateway$/);
  expect(config.database.url).toBe(`file:${config.dataFolder}/modfleet.db`);
  expect(config.blobsFolder).toBe(config.dataFolder);
  expect(config.steamRuns).toEqual({ burst: 30, everyMs: 10_000 });
  expect(config.steamCalls).toEqual({ burst: 10, everyMs: 1_000 });
  expect([config.adminToken, config.publicUrl, config.accelPrefix]).toEqual([null, null, null]);
});

test("parseConfig() reads every kind of value", () => {
  const config = configOf({
    MODFLEET_PORT: "0",
    MODFLEET_DATABASE_URL: "libsql://db.example",
    MODFLEET_DATABASE_TOKEN: "hunter2",
    MODFLEET_BLOBS_URL: "file:///srv/blobs%20here",
    MODFLEET_PUBLIC_URL: "https://mods.example/",
    MODFLEET_STEAM_RUNS: "5/2.5",
    MODFLEET_STEAM_API_URL: "http://127.0.0.1:9/steam/",
    MODFLEET_ACCEL_PREFIX: "/protected/",
    MODFLEET_OPEN_ENROLMENT: "1",
    MODFLEET_LOG: "debug",
  });

  expect(config).toMatchObject({
    port: 0,
    blobsFolder: "/srv/blobs here",
    publicUrl: "https://mods.example",
    steamRuns: { burst: 5, everyMs: 2_500 },
    steam: { apiUrl: "http://127.0.0.1:9/steam" },
    accelPrefix: "/protected/",
    openEnrolment: true,
    logLevel: "debug",
  });
  expect(config.database.token?.reveal()).toBe("hunter2");
  expect(JSON.stringify(config)).not.toContain("hunter2");
});

test.each([
  ["file:x/y.db", `file:${process.cwd()}/x/y.db`],
  ["file:/srv/y.db", "file:/srv/y.db"],
  ["file:///srv/a%20b.db", "file:/srv/a b.db"],
  ["http://127.0.0.1:8081", "http://127.0.0.1:8081"],
])("parseConfig() reads the database %s as %s", (url, read) => {
  expect(configOf({ MODFLEET_DATABASE_URL: url }).database.url).toBe(read);
});

test("parseConfig() lists everything that is wrong at once, with the rule and the allowed values", () => {
  const problems = problemsOf({ MODFLEET_PORT: "70000", MODFLEET_LOG: "loud", MODFLEET_OPEN_ENROLMENT: "yes" });

  expect(problems).toEqual([
    "MODFLEET_PORT: Must be a whole number from 0 to 65535",
    "MODFLEET_OPEN_ENROLMENT: Must be 0 or 1",
    "MODFLEET_LOG: Must be one of debug, info, warn, error",
  ]);
});

test.each([
  ["MODFLEET_HOST", "http://x"],
  ["MODFLEET_PORT", "8e3"],
  ["MODFLEET_PORT", " 80"],
  ["MODFLEET_DATABASE_URL", "postgres://x"],
  ["MODFLEET_BLOBS_URL", "s3://bucket/prefix"],
  ["MODFLEET_BLOBS_URL", "/srv/blobs"],
  ["MODFLEET_BLOBS_URL", "file://host/blobs"],
  ["MODFLEET_PUBLIC_URL", "https://mods.example/library"],
  ["MODFLEET_PUBLIC_URL", "ftp://mods.example"],
  ["MODFLEET_STEAM_RUNS", "30"],
  ["MODFLEET_STEAM_RUNS", "0/10"],
  ["MODFLEET_STEAM_CALLS", "10/100000"],
  ["MODFLEET_ACCEL_PREFIX", "protected"],
  ["MODFLEET_ACCEL_PREFIX", "/"],
  ["MODFLEET_ADMIN_TOKEN", "short"],
])("parseConfig() refuses %s=%s", (name, value) => {
  expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name}: (Must|Cannot)`)]);
});

test("parseConfig() says that s3: is not there yet", () => {
  expect(problemsOf({ MODFLEET_BLOBS_URL: "s3://b/p" })[0]).toContain("Cannot be s3: yet");
});

test("parseConfig() lets flags win over the environment", () => {
  const read = parseConfig({ MODFLEET_PORT: "1" }, { MODFLEET_PORT: "2" });

  expect(read.ok && read.config.port).toBe(2);
});

test("parseConfig() warns about an unknown name with the nearest known one and not about the agent's", () => {
  const read = parseConfig({ MODFLEET_PROT: "1", MODFLEET_SLOTS: "2", HOME: "/root" });

  expect(read.warnings).toEqual(["MODFLEET_PROT is not a variable of Modfleet, did you mean MODFLEET_PORT?"]);
});

test("parseConfig() has a rule for every variable of the list", () => {
  const nonsense = Object.fromEntries(GATEWAY_VARIABLES.map((name) => [name, "\n"]));
  const texts = ["MODFLEET_DATA", "MODFLEET_DATABASE_TOKEN", "MODFLEET_STEAM_KEY", "MODFLEET_TELEGRAM_TOKEN"];
  // A list of nothing is an empty list.
  const free = [...texts, "MODFLEET_TRACKERS"];

  expect(problemsOf(nonsense).map((line) => line.split(":")[0])).toEqual(
    GATEWAY_VARIABLES.filter((name) => !free.includes(name)),
  );
});

test("testConfig() lets a test override parts", () => {
  expect(testConfig({ publicUrl: "http://here" })).toMatchObject({ publicUrl: "http://here", port: 0 });
});
