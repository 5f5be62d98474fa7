import { onTestFinished } from "vitest";
import { silentLog } from "../src/log.ts";
import { createSteam, type SteamOptions } from "../src/steam/create-steam.ts";
import { anItem, fakeSteam } from "./fake-steam.ts";
import { leapingClock } from "./leaping-clock.ts";

/** Our client on the real wire of a Steam of the test's own that knows item 42; both end with the test. */
export async function clientOfFakeSteam(options: Partial<SteamOptions> = {}) {
  const remote = await fakeSteam();
  const clock = leapingClock();
  const steam = createSteam({
    steam: { apiUrl: remote.url, storeUrl: remote.url, communityUrl: remote.url, key: null },
    steamCalls: { burst: 10, everyMs: 1_000 },
    fetch,
    random: () => 0,
    log: silentLog,
    ...clock,
    ...options,
  });
  onTestFinished(async () => {
    steam.close();
    await remote[Symbol.asyncDispose]();
  });
  remote.items.set("42", anItem("42"));
  return { remote, clock, steam };
}
