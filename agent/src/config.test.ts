import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, parseConfig } from "./config.ts";

const read = (env: Record<string, string>, flags: Record<string, string> = {}) =>
  parseConfig(env, flags, { hostName: "box" });

function configOf(env: Record<string, string>, flags: Record<string, string> = {}): Config {
  const result = read(env, flags);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.config;
}

describe("parseConfig()", () => {
  test("parseConfig() has a default for everything but the gateway", () => {
    expect(configOf({})).toMatchObject({
      gateway: null,
      invite: null,
      dataFolder: resolve("data/agent"),
      name: "box",
      slots: 2,
      steamcmd: { path: null, url: null, user: "anonymous" },
      drainMs: 120_000,
      local: { host: "127.0.0.1", port: 8765, origins: [], token: null },
      downloadsFolder: resolve("data/agent/files"),
      torrent: { client: "embedded", port: 0, dht: false, seedRatio: 1, seedMs: 3_600_000 },
      limits: { freeBytesMin: 2 * 1024 ** 3, monthBytesMax: null, hours: null, apps: null },
      watchFile: null,
      logLevel: "info",
    });
  });

  test("parseConfig() lets flags win over the environment", () => {
    const env = { MODFLEET_SLOTS: "3", MODFLEET_GATEWAY: "http://a:1/" };

    expect(configOf(env, { MODFLEET_SLOTS: "4" })).toMatchObject({ slots: 4, gateway: "http://a:1" });
  });

  test("parseConfig() reads the volunteer's limits", () => {
    const env = {
      MODFLEET_MIN_FREE: "20G",
      MODFLEET_MONTH_BYTES: "1500",
      MODFLEET_HOURS: "22-7",
      MODFLEET_GAMES: "294100, 4000",
    };

    expect(configOf(env).limits).toEqual({
      freeBytesMin: 20 * 1024 ** 3,
      monthBytesMax: 1_500,
      hours: { from: 22, to: 7 },
      apps: [294100, 4000],
    });
  });

  test("parseConfig() takes the watcher's file from where the agent was started", () => {
    expect(configOf({ MODFLEET_WATCH: "watch.json" }).watchFile).toBe(resolve("watch.json"));
  });

  test("parseConfig() lists everything that is wrong at once, and never a value", () => {
    const result = read({
      MODFLEET_GATEWAY: "mods.example.org",
      MODFLEET_SLOTS: "17",
      MODFLEET_HOURS: "22-25",
      MODFLEET_GAMES: "rimworld",
      MODFLEET_MIN_FREE: "lots",
      MODFLEET_LOCAL_ORIGINS: "example.org",
    });

    expect(result.ok).toBe(false);
    const problems = result.ok ? [] : result.problems;
    expect(problems.map((line) => line.split(":")[0])).toEqual([
      "MODFLEET_GATEWAY",
      "MODFLEET_SLOTS",
      "MODFLEET_LOCAL_ORIGINS",
      "MODFLEET_MIN_FREE",
      "MODFLEET_HOURS",
      "MODFLEET_GAMES",
    ]);
    expect(problems.join("\n")).not.toContain("rimworld");
  });

  test("parseConfig() takes a torrent client that can be reached, and no other", () => {
    const clientOf = (text: string) => {
      const result = read({ MODFLEET_TORRENT_CLIENT: text });
      return result.ok ? result.config.torrent.client : null;
    };
    const good = ["embedded", "scgi:///run/rpc.socket", "scgi://127.0.0.1:5000", "http://u:p@box:8080/RPC2"];
    const wrong = ["rtorrent", "scgi://box", "scgi://", "ftp://box/RPC2", "localhost:5000"];

    expect(good.map(clientOf)).toEqual(good);
    expect(wrong.map(clientOf)).toEqual(wrong.map(() => null));
  });

  test("parseConfig() warns about unknown names with the nearest one", () => {
    expect(read({ MODFLEET_SLOT: "1" }).warnings).toEqual([
      "MODFLEET_SLOT is not a variable of Modfleet, did you mean MODFLEET_SLOTS?",
    ]);
  });

  test("parseConfig() keeps the invitation out of every print", () => {
    const config = configOf({ MODFLEET_INVITE: "inv_very_secret" });

    expect(JSON.stringify(config)).not.toContain("very_secret");
    expect(config.invite?.reveal()).toBe("inv_very_secret");
  });
});
