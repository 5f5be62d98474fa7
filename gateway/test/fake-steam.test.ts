import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { fakeSteam } from "./fake-steam.ts";

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
