import { describe, expect, test } from "vitest";
import { fakeEngine } from "../../test/fake-engine.ts";
import { fakeGateway } from "../../test/fake-gateway.ts";
import { fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { testContext } from "../../test/test-context.ts";
import { runCommandLine } from "../cli.ts";

describe("doctor", () => {
  test("doctor ends with 0 when everything is well", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    const env = { MODFLEET_AGENT_DATA: folder.path, MODFLEET_GATEWAY: gateway.url, MODFLEET_INVITE: "invitation" };
    const context = testContext(env);

    expect(await runCommandLine(["doctor"], context)).toBe(0);
    expect(context.said().match(/^ok {4}/gm)).toHaveLength(7);
    expect(context.said()).not.toContain("FAIL");
  });

  test("doctor notes a gateway that is not set and ends with 0", async () => {
    await using folder = await tempFolder();
    const context = testContext({ MODFLEET_AGENT_DATA: folder.path });

    expect(await runCommandLine(["doctor"], context)).toBe(0);
    expect(context.said().match(/^note {2}(gateway|enrolment): None set; only needed for `run`/gm)).toHaveLength(2);
    expect(context.said()).not.toContain("FAIL");
  });

  test("doctor says how to enrol where a gateway is set and nothing lets the agent in", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    const context = testContext({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_GATEWAY: gateway.url });

    expect(await runCommandLine(["doctor"], context)).toBe(1);
    expect(context.said()).toMatch(/^FAIL {2}enrolment: Not yet.*\n {6}fix: .*MODFLEET_INVITE/m);
  });

  test("doctor says everything that is wrong with the file in MODFLEET_WATCH, or that there is none", async () => {
    await using folder = await tempFolder();
    await folder.write({
      "watch.json": '{"servers":[{"port":0},{"url":"ftp://me:secret@host"}],"webhooks":[{"url":"x"}]}',
    });
    const context = testContext({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_WATCH: folder.at("watch.json") });

    expect(await runCommandLine(["doctor"], context)).toBe(1);
    const [port, url, hook, ...more] = context.said().match(/^FAIL {2}watch file: .*/gm) ?? [];
    expect([port, url, hook, more]).toEqual([
      expect.stringContaining("server 1: port: "),
      expect.stringMatching(/Server 2: Not an address of rTorrent: ftp:\/\/host$/),
      expect.stringContaining("webhook 1: A webhook needs an http or https URL"),
      [],
    ]);
    expect(await runCommandLine(["doctor", "--watch", folder.at("none.json")], context)).toBe(1);
    expect(context.said()).toMatch(/^FAIL {2}watch file: ENOENT.*\n {6}fix: .*MODFLEET_WATCH/m);
  });

  test("doctor says of each watched server whether it answers", async () => {
    await using folder = await tempFolder();
    await using up = await fakeRTorrent({ wire: "scgi" });
    await using down = await fakeRTorrent();
    await down.down();
    const servers = [
      { name: "up", url: up.url },
      { name: "down", url: down.url },
    ];
    await folder.write({ "watch.json": JSON.stringify({ servers, webhooks: [{ url: "http://127.0.0.1:9/" }] }) });
    const context = testContext({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_WATCH: folder.at("watch.json") });

    expect(await runCommandLine(["doctor"], context)).toBe(1);
    expect(context.said()).toMatch(/^ok {4}watch file: .*watch\.json: 2 server\(s\), 1 webhook\(s\)$/m);
    expect(context.said()).toMatch(/^ok {4}watched server up: rTorrent 0\.9\.8$/m);
    expect(context.said()).toMatch(/^FAIL {2}watched server down: http:.*ECONNREFUSED.*\n {6}fix: .*watch\.json$/m);
  });

  test("doctor --json names every failing check with a one-line fix and ends with 1", async () => {
    await using folder = await tempFolder();
    const engine = {
      ...fakeEngine(),
      check: async () => ({ ok: false, problem: "No 32-bit loader", fix: "apt install lib32gcc-s1" }) as const,
    };
    const context = testContext(
      { MODFLEET_AGENT_DATA: folder.path, MODFLEET_GATEWAY: "http://127.0.0.1:9" },
      { createEngines: () => [engine], freeBytes: () => 5, nodeVersion: "20.1.0" },
    );

    expect(await runCommandLine(["doctor", "--json"], context)).toBe(1);
    const { ok, checks } = JSON.parse(context.said());
    const failed = checks.filter((check: { ok: boolean }) => !check.ok);
    expect(ok).toBe(false);
    expect(failed.map(({ name }: { name: string }) => name)).toEqual([
      "Node",
      "disk",
      "gateway",
      "enrolment",
      "engine workshop",
    ]);
    expect(failed.every(({ fix }: { fix: string }) => fix !== "" && !fix.includes("\n"))).toBe(true);
  });
});
