import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type Fleet, path, startFleet } from "./fleet.ts";
import { agentIsConnected, isServed } from "./library.ts";
import { startProgram } from "./program.ts";
import { unzipped } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000 });

const ID = "9000000101";
const OTHER = "9000000102";
const FILES = { "About/About.xml": "<name>Example</name>" };
const items = { [ID]: { files: FILES }, [OTHER]: { files: { "other.txt": "other" } } };

/** `agent get … --from` as a person types it, in a folder of its own; `said` is all it wrote. */
async function get(fleet: Fleet, ...args: string[]) {
  const folder = join(fleet.folder, "mine");
  await mkdir(folder, { recursive: true });
  const command = [process.execPath, path("agent/src/main.ts"), "get", ...args, "--from", fleet.url, "-o", folder];
  const env = { ...process.env, MODFLEET_AGENT_DATA: join(fleet.folder, "no-agent") };
  const program = await startProgram({
    command: ["sh", "-c", 'echo begun; exec "$0" "$@"', ...command],
    env,
    ready: /^(begun)$/,
  });
  return { folder, program };
}

test("get --from fetches what nobody has, several at once, and leaves only archives", async () => {
  await using fleet = await startFleet({ runtime: "node", items });
  await agentIsConnected(fleet);

  const { folder, program } = await get(fleet, ID, OTHER);

  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect((await readdir(folder)).sort()).toEqual([`Mod ${ID}-${ID}.zip`, `Mod ${OTHER}-${OTHER}.zip`]);
  expect(await unzipped(join(folder, `Mod ${ID}-${ID}.zip`))).toEqual(FILES);
  expect(program.log()).toMatch(/9000000101: (In the queue|Handed|An agent)/);
});

test("get --from ends at once on Ctrl-C, and the library goes on without it", async () => {
  await using fleet = await startFleet({ runtime: "node", items, tool: { delayMs: 1_500 } });
  await agentIsConnected(fleet);

  const { folder, program } = await get(fleet, ID);
  await vi.waitFor(() => expect(program.log()).toMatch(/9000000101: (In the queue|Handed|An agent)/), 10_000);
  const ended = await program.stop("SIGINT");

  expect(ended).toEqual({ code: 130, signal: null });
  expect(await readdir(folder)).toEqual([]);
  await isServed(fleet, ID, FILES);
});
