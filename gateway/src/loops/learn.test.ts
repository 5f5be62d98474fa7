import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { anApp, fakeSteam } from "../../test/fake-steam.ts";
import { testGateway } from "../../test/harness.ts";
import { silentLog } from "../log.ts";
import { createSteam } from "../steam/create-steam.ts";
import { startLoops } from "./start.ts";

const NEW_MOD_PAGE = `<!DOCTYPE html><html><head><title>Steam Workshop</title></head><body>
<div class="screenshot_holder"><a href="javascript:ShowEnlargedImagePreview('https://images.example/0/');"><img></a></div>
<div class="screenshot_holder"><a href="javascript:ShowEnlargedImagePreview('https://images.example/1/');"><img></a></div>
<div class="requiredItemsContainer" id="RequiredItems">
<a href="https://steamcommunity.com/workshop/filedetails/?id=3900000012" target="_blank"><div class="requiredItem">B</div></a>
<a href="https://steamcommunity.com/workshop/filedetails/?id=3900000002" target="_blank"><div class="requiredItem">A</div></a>
</div></body></html>`;

async function servingGateway() {
  const gateway = await testGateway();
  const remote = await fakeSteam();
  const { deps } = gateway;
  const steam = createSteam({
    steam: { apiUrl: remote.url, storeUrl: remote.url, communityUrl: remote.url, key: null },
    ...{ steamCalls: { burst: 10, everyMs: 1_000 }, fetch, random: () => 0, log: silentLog, now: deps.now },
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
  });
  const loops = startLoops({ ...deps, steam });
  onTestFinished(async () => {
    await loops.stop();
    steam.close();
    await remote[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });
  return { gateway, remote, shelf: deps.shelf };
}

test("startLoops() learns what a published mod needs, its pictures and its game without waiting for the clock", async () => {
  const { gateway, remote, shelf } = await servingGateway();
  remote.pages.set("3940000002", { html: NEW_MOD_PAGE });
  remote.apps.set(700_001, anApp(700_001, { name: "Fake game 700001" }));
  const previewUrl = "https://images.example/logo/";
  await gateway.addArchive({ item: { id: "3940000002", app: 700_001, previewUrl } });
  expect(await shelf.findShelfGame(700_001)).toBeNull();
  const before = await shelf.revision();

  gateway.deps.bells.pages.ring();

  await vi.waitFor(async () => {
    expect((await shelf.dependencies("3940000002", 10)).ids).toEqual(["3900000012", "3900000002"]);
    expect(await shelf.findShelfGame(700_001)).toMatchObject({ name: "Fake game 700001", modsCount: 1 });
  });
  const media = await shelf.resources("3940000002", { limit: 10, offset: 0, kinds: [] });
  expect(media.items.map(({ kind, url }) => [kind, url])).toEqual([
    ["screenshot", "https://images.example/0/"],
    ["screenshot", "https://images.example/1/"],
    ["logo", previewUrl],
  ]);
  expect(await shelf.revision()).toBeGreaterThan(before);
});

test("startLoops() stops at once while Steam keeps a page and a game waiting", async () => {
  const { gateway, remote } = await servingGateway();
  remote.behave("hang");
  await gateway.addArchive({ item: { id: "5", app: 700_001 } });

  gateway.deps.bells.pages.ring();

  await vi.waitFor(() => {
    expect(remote.calls.map(({ path }) => path).toSorted()).toEqual(["/api/appdetails", "/sharedfiles/filedetails/"]);
  });
});
