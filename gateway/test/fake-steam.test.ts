import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { anItem, fakeSteam, PAGES } from "./fake-steam.ts";

const ITEMS = "/ISteamRemoteStorage/GetPublishedFileDetails/v1/";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

test.each([
  ["GET", ITEMS, FORM, undefined],
  ["POST", ITEMS, FORM, "publishedfileids[0]=1"],
  ["POST", ITEMS, FORM, "itemcount=2&publishedfileids[0]=1"],
  ["POST", ITEMS, { "content-type": "application/json" }, '{"itemcount":1}'],
  ["GET", "/api/appdetails?appids=1,2", {}, undefined],
  ["GET", "/elsewhere", {}, undefined],
])("fakeSteam() answers %s %s %j %s with 400, as the real one would", async (method, path, headers, body) => {
  await using steam = await fakeSteam();

  const response = await fetch(steam.url + path, { method, headers, ...(body === undefined ? {} : { body }) });

  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toContain("text/html");
});

test("fakeSteam() shows the page of an item it has, and the one that says sorry for others", async () => {
  await using steam = await fakeSteam({ items: new Map([["7", anItem("7")]]) });
  steam.pages.set("8", { dependencies: ["9"], screenshots: ["https://images.example/1/"] });

  const pages = await Promise.all(
    ["7", "8", "6"].map(async (id) => (await fetch(`${steam.url}${PAGES}?id=${id}`)).text()),
  );

  expect(pages[0]).toContain("<title>Steam Workshop::Mod 7</title>");
  expect(pages[1]).toMatch(/screenshot_holder.*images\.example\/1\/.*id="RequiredItems".*\?id=9"/s);
  expect(pages[2]).toContain("There was a problem accessing the item.");
});

test("behave() is only about the paths that it names", async () => {
  await using steam = await fakeSteam();
  steam.behave("503", { only: PAGES, times: 1 });

  const app = await fetch(`${steam.url}/api/appdetails?appids=1`);
  const pages = [await fetch(`${steam.url}${PAGES}?id=1`), await fetch(`${steam.url}${PAGES}?id=1`)];

  expect([app, ...pages].map(({ status }) => status)).toEqual([200, 503, 200]);
});

test("fake-steam.ts runs as a program with the items of a file, and stops on SIGTERM", async () => {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-steam-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "items.json");
  await writeFile(file, JSON.stringify({ items: { 7: { title: "Seven" }, 8: "removed" }, apps: { 5: {} } }));
  const program = fileURLToPath(new URL("./fake-steam.ts", import.meta.url));

  const child = spawn(process.execPath, [program, "--items", file], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line]: string[] = await once(createInterface(child.stdout), "line");
  const body = "itemcount=1&publishedfileids[0]=7";
  const response = await fetch(`${line?.split(" ").at(-1)}${ITEMS}`, { method: "POST", headers: FORM, body });

  expect(await response.json()).toMatchObject({ response: { publishedfiledetails: [{ title: "Seven" }] } });
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});
