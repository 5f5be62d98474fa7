import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isRunning } from "../../agent/test/fake-steamcmd.ts";
import { anItem, type Behaviour } from "../../gateway/test/fake-steam.ts";
import { blob } from "./content.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { agentIsConnected, ask, isServed, readJob, versionsOf } from "./library.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [UPDATED, HANGING, REMOVED, KILLED] = ["9000000501", "9000000502", "9000000503", "9000000504"] as const;
const [LATE, NOBODYS] = ["9000000505", "9000000599"] as const;
const UPDATED_BYTES = 60_000;

describe("while Steam or its tool misbehave", () => {
  let fleet: Fleet;
  const stopWaiting = new AbortController();
  let unknown = 9_100_000_000;
  const runsOf = (id: string) => fleet.steamcmd.runs().filter(({ argv }) => argv.includes(id));
  const noToolRunsFor = async (id: string) => {
    const pids = [...fleet.steamcmd.children(), ...runsOf(id).map(({ pid }) => pid)];
    return !(await Promise.all(pids.map(isRunning))).includes(true);
  };

  beforeAll(async () => {
    const items = {
      [UPDATED]: { bytes: UPDATED_BYTES, behaviour: ["slow" as const], manifest: "88" },
      [HANGING]: { behaviour: ["hang" as const] },
      [REMOVED]: { behaviour: ["fail:File Not Found" as const] },
      [KILLED]: { bytes: 5_000, behaviour: ["kill-self" as const, "ok" as const] },
      [LATE]: { files: { "a.txt": "late" }, manifest: `77${LATE}` },
    };
    fleet = await startFleet({ runtime: "node", items, env: { MODFLEET_STEAM_CALLS: "100/1", MODFLEET_SLOTS: "4" } });
    await agentIsConnected(fleet);
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  test.concurrent("an item that is updated during its job is never published as what it was", async () => {
    const job = await ask(fleet, UPDATED);
    await until("SteamCMD runs", () => runsOf(UPDATED).length === 1);
    fleet.steam.items.set(UPDATED, anItem(UPDATED, { hcontent_file: "88", time_updated: 1_800_000_000 }));

    await until("the job is over", async () => (await readJob(job)).state === "done");

    expect((await readJob(job)).version).toBe("88");
    await isServed(fleet, UPDATED, blob(UPDATED_BYTES));
    expect(await versionsOf(fleet, UPDATED)).toEqual(["88"]);
  });

  test.concurrent("a tool that is killed runs again in the same job", async () => {
    await ask(fleet, KILLED);

    await isServed(fleet, KILLED, blob(5_000));

    expect(runsOf(KILLED)).toHaveLength(2);
  });

  test.concurrent("a tool that ignores SIGTERM ends with its child when nobody wants its job any more", async () => {
    const job = await ask(fleet, HANGING);
    await until("it hangs with a child", () => fleet.steamcmd.children().length === 1);

    const answer = await fetch(job, { method: "DELETE" });

    expect([answer.status, (await answer.json()).state]).toEqual([200, "cancelled"]);
    await until("it and its child have ended", () => noToolRunsFor(HANGING));
    expect((await readJob(job)).state).toBe("cancelled");
  });

  test.concurrent("a tool that exits 0 with a failed item delivers nothing, and the job says why", async () => {
    fleet.steam.items.set(REMOVED, anItem(REMOVED));
    const job = await ask(fleet, REMOVED);

    await until("the failure is told", async () => (await readJob(job)).failure !== undefined);

    expect((await readJob(job)).failure).toMatchObject({ code: "item_removed" });
    expect(await versionsOf(fleet, REMOVED)).toEqual([]);
  });

  test.each<Behaviour>(["down", "html", "429", "500"])(
    "Steam that answers with %s is told in each interface's words, and what is here is served",
    async (behaviour) => {
      const askFor = (path: string, method: string) => fetch(`${fleet.url}/${path}`, { method });
      // An answer is remembered, so each question is about another item.
      await until("Steam is asked again", async () => {
        unknown += 1;
        return (await askFor(`api/mods/${unknown}/fetch`, "POST")).status === 404;
      });
      const calls = fleet.steam.calls.length;
      fleet.steam.behave(behaviour, { retryAfter: "0" });

      const [current, api, here] = await Promise.all([
        askFor(`download/steam/${NOBODYS}`, "GET"),
        askFor(`api/mods/${NOBODYS}/fetch`, "POST"),
        askFor(`download/steam/${KILLED}`, "GET"),
      ]);
      fleet.steam.behave("up");

      expect(fleet.steam.calls.length).toBeGreaterThan(calls);
      expect([current.status, await current.json()]).toEqual([404, { message: "this mod was not found", error_id: 2 }]);
      expect([api.status, api.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
      expect(await api.json()).toMatchObject({ status: 503, code: "steam_unavailable" });
      expect(Number(api.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(Number(current.headers.get("retry-after"))).toBeGreaterThan(0);
      expect([here.status, here.headers.get("content-type")]).toEqual([200, "application/zip"]);
    },
  );

  test("Steam that comes back is asked again, and the mod is fetched", async () => {
    fleet.steam.items.set(LATE, anItem(LATE));
    fleet.steam.behave("down", { times: 1, only: "/ISteamRemoteStorage/" });
    const first = await fetch(`${fleet.url}/api/mods/${LATE}/fetch`, { method: "POST" });

    await isServed(fleet, LATE, { "a.txt": "late" });

    expect(first.status).toBe(503);
  });

  test("Steam that never answers keeps nobody from what is here", async () => {
    const calls = fleet.steam.calls.length;
    fleet.steam.behave("hang");
    const waits = fetch(`${fleet.url}/download/steam/${NOBODYS}`, { signal: stopWaiting.signal }).catch(() => null);
    await until("Steam was asked", () => fleet.steam.calls.length > calls);

    const here = await fetch(`${fleet.url}/download/steam/${KILLED}`);

    expect([here.status, here.headers.get("content-type")]).toEqual([200, "application/zip"]);
    stopWaiting.abort();
    expect(await waits).toBeNull();
  });
});
