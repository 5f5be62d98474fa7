import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { askUntil, until, unzipped } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000 });

const FILES = {
  "About/About.xml": "<name>Example</name>",
  "Textures/mod.txt": "pixels ".repeat(2_000),
  "ünï/файл.txt": "текст",
};
const ID = "9000000101";

async function savedArchive(fleet: Fleet, response: Response): Promise<string> {
  const target = join(fleet.folder, "saved.zip");
  await writeFile(target, new Uint8Array(await response.arrayBuffer()));
  return target;
}

describe.concurrent.each<Runtime>(["node", "deno"])("the main job on %s", (runtime) => {
  test("a mod that nobody has is fetched by an agent with SteamCMD and served as a zip", async () => {
    await using fleet = await startFleet({ runtime, items: { [ID]: { files: FILES, manifest: `77${ID}` } } });
    const url = `${fleet.url}/download/steam/${ID}`;
    await until("an agent is connected", async () =>
      (await (await fetch(`${fleet.url}/api/fleet`)).text()).includes('"slots":2'),
    );

    const first = await fetch(url);
    const response = await askUntil(url, 200);

    expect(first.status).toBe(202);
    expect(await first.json()).toEqual({
      message: "request added to queue",
      error_id: 0,
      unsuccessful_attempts: false,
      updating: false,
    });
    expect(first.headers.get("location")).toMatch(/^\/api\/jobs\/job_/);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(await unzipped(await savedArchive(fleet, response))).toEqual({
      ...FILES,
      "ünï/файл.txt": Buffer.from("текст").toString("latin1"),
    });
  });

  test("the library's interface tells the same story", async () => {
    await using fleet = await startFleet({ runtime, items: { [ID]: { files: FILES } } });
    await askUntil(`${fleet.url}/download/steam/${ID}`, 200);

    const mod = await (await fetch(`${fleet.url}/api/mods/${ID}`)).json();
    const { items } = await (await fetch(`${fleet.url}/api/mods/${ID}/versions`)).json();
    const entries = await (
      await fetch(`${fleet.url}/api/mods/${ID}/versions/${items[0].version ?? items[0].key}/entries`)
    ).json();
    const part = await fetch(`${fleet.url}/api/mods/${ID}/archive`, { headers: { range: "bytes=0-3" } });

    expect(mod).toMatchObject({ id: ID, name: `Mod ${ID}` });
    expect(items).toHaveLength(1);
    expect(entries.items.map((entry: { path: string }) => entry.path)).toEqual(Object.keys(FILES));
    expect([part.status, await part.text()]).toEqual([206, "PK\x03\x04"]);
    expect(await fleet.gateway.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(await fleet.agent.stop("SIGTERM")).toEqual({ code: 0, signal: null });
  });
});
