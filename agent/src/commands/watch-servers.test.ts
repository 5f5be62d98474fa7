import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { fakeGateway } from "../../test/fake-gateway.ts";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { testContext } from "../../test/test-context.ts";
import { runCommandLine } from "../cli.ts";

test("run watches what MODFLEET_WATCH names, and stops with it", async () => {
  await using folder = await tempFolder();
  await using gateway = await fakeGateway();
  await using server = await fakeRTorrent();
  server.downloads = [aDownload()];
  await folder.write({ "watch.json": JSON.stringify([{ port: server.port, interval_check: 5 }]) });
  const env = { MODFLEET_GATEWAY: gateway.url, MODFLEET_AGENT_DATA: folder.at("data") };
  const context = testContext(env);

  const ended = runCommandLine(["run", "--watch", folder.at("watch.json")], context);
  await eventually(() => expect(server.calls.length).toBeGreaterThan(3));
  await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));
  context.signal("SIGTERM");

  expect(await ended).toBe(0);
  // A question under way ends with its connection; whoever still asked would be heard between these.
  await server.down();
  await server.back();
  server.calls.length = 0;
  for (let turn = 0; turn < 10; turn += 1) await fetch(server.url, { method: "POST", body: "still there?" });
  expect(server.calls).toHaveLength(10);
});

test("run refuses a file that it cannot read or use, with everything else that is wrong, before it opens anything", async () => {
  await using folder = await tempFolder();
  await folder.write({ "wrong.json": '[{"interval_check":"often"},{"port":0}]' });
  const env = { MODFLEET_AGENT_DATA: folder.at("data"), MODFLEET_SLOTS: "99" };
  const refused = async (file: string): Promise<string[]> => {
    const context = testContext({ ...env, MODFLEET_WATCH: folder.at(file) });
    expect(await runCommandLine(["run"], context)).toBe(2);
    expect(context.said()).toBe("");
    return context.complained().trimEnd().split("\n").slice(1);
  };

  expect(await refused("none.json")).toEqual([
    expect.stringContaining("MODFLEET_GATEWAY: Is required"),
    expect.stringMatching(/^ {2}MODFLEET_WATCH: .*none\.json: ENOENT/),
    expect.stringContaining("MODFLEET_SLOTS: "),
  ]);
  expect(await refused("wrong.json")).toEqual([
    expect.stringContaining("MODFLEET_GATEWAY: Is required"),
    expect.stringMatching(/^ {2}MODFLEET_WATCH: .*server 1: interval_check: /),
    expect.stringMatching(/^ {2}MODFLEET_WATCH: .*server 2: port: /),
    expect.stringContaining("MODFLEET_SLOTS: "),
  ]);
  expect(existsSync(folder.at("data"))).toBe(false);
});
