import { describe, expect, onTestFinished, test, vi } from "vitest";
import { tempFolder } from "../test/temp-folder.ts";
import { testContext } from "../test/test-context.ts";
import { runCommandLine, wantsDht } from "./cli.ts";
import { parseConfig } from "./config.ts";

describe("runCommandLine()", () => {
  test.each([["--help"], ["run", "--help"], ["get", "--help"], ["doctor", "--help"], ["drain", "--help"]])(
    "runCommandLine() lists the options for %s %s",
    async (...argv) => {
      const context = testContext({});

      expect(await runCommandLine(argv, context)).toBe(0);
      expect(context.said()).toContain("Usage: modfleet-agent");
    },
  );

  test("runCommandLine() ends with 2 for a wrong option, and says where the options stand", async () => {
    const context = testContext({});

    expect(await runCommandLine(["run", "--slotz", "3"], context)).toBe(2);
    expect(context.complained()).toMatch(/unknown option '--slotz'.*--slots/s);
  });

  test("runCommandLine() ends with 2 for an unknown command", async () => {
    expect(await runCommandLine(["dance"], testContext({}))).toBe(2);
  });

  test("runCommandLine() lists all that is wrong with the configuration and ends with 2", async () => {
    const context = testContext({ MODFLEET_GATEWAY: "nowhere", MODFLEET_DRAIN: "soon" });

    expect(await runCommandLine(["run", "--slots", "99"], context)).toBe(2);
    expect(context.complained()).toMatch(/MODFLEET_GATEWAY: .*\n.*MODFLEET_SLOTS: .*\n.*MODFLEET_DRAIN: /);
  });

  test("runCommandLine() refuses a wrong configuration for get as well", async () => {
    const context = testContext({ MODFLEET_MIN_FREE: "lots" });

    expect(await runCommandLine(["get", "2009463077"], context)).toBe(2);
    expect(context.complained()).toContain("MODFLEET_MIN_FREE");
  });

  test("runCommandLine() reads and writes where the person stands when npm has started get, and only then", async () => {
    await using folder = await tempFolder();
    await folder.write({ "sub/x.torrent": "no torrent", "root/.keep": "" });
    const started = { npm_package_name: "modfleet", npm_package_json: folder.at("root", "package.json") };
    const npm = { ...started, INIT_CWD: folder.at("sub") };
    const get = async (env: Record<string, string>) => {
      const context = testContext(env, { cwd: folder.at("root") });
      expect(await runCommandLine(["get", "x.torrent"], context)).toBe(2);
      return context.complained();
    };

    expect(await get(npm)).toContain("This is no torrent file");
    expect(await get({ ...npm, npm_package_name: "somebody-elses" })).toContain("no such file");
    expect(await get({ ...npm, npm_package_json: folder.at("package.json") })).toContain("no such file");
    expect(await get({ INIT_CWD: folder.at("sub") })).toContain("no such file");
  });

  test("runCommandLine() has get leave the DHT alone where it is told so, and ends at once when nobody else is there", async () => {
    await using folder = await tempFolder();
    const context = testContext({ MODFLEET_DHT: "0", MODFLEET_AGENT_DATA: folder.at("data") }, { cwd: folder.path });

    expect(await runCommandLine(["get", `magnet:?xt=urn:btih:${"ab".repeat(20)}`], context)).toBe(1);
    expect(context.complained()).toContain("MODFLEET_DHT=1 would look further");
  });

  test("runCommandLine() ends the process soon after get, whatever is left of it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const context = testContext({});

    expect(await runCommandLine(["get", "nothing"], context)).toBe(2);
    expect(context.exits).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(context.exits).toEqual([2]);
  });

  test("runCommandLine() lists a missing gateway beside what else is wrong", async () => {
    const context = testContext({ MODFLEET_SLOTS: "0", MODFLEET_GATEWAI: "http://127.0.0.1:1" });

    expect(await runCommandLine([], context)).toBe(2);
    expect(context.complained()).toMatch(/MODFLEET_GATEWAY: Is required.*\n.*MODFLEET_SLOTS: /);
    expect(context.complained()).toContain("did you mean MODFLEET_GATEWAY?");
  });
});

test.each([
  [{}, true],
  [{ MODFLEET_DHT: "" }, true],
  [{ MODFLEET_DHT: "1" }, true],
  [{ MODFLEET_DHT: "0" }, false],
])("wantsDht() takes the silence of %j for a yes", (env, wants) => {
  const read = parseConfig(env, {}, { hostName: "box" });

  expect(read.ok && wantsDht(read.config, env)).toBe(wants);
});
