import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type ServedLink, socketContract } from "./socket.contract.ts";

const DENO = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url));
const SERVER = fileURLToPath(new URL("../../test/deno-link-server.ts", import.meta.url));
const Flooded = z.object({ told: z.int(), isConnected: z.boolean() });

socketContract("Deno", serveOnDeno);

async function serveOnDeno(publicKeys: readonly string[]): Promise<ServedLink> {
  // A group of its own: npm's `deno` is a script that starts the real one.
  const child = spawn(DENO, ["run", "-A", "--no-check", SERVER, ...publicKeys], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [url] = z.tuple([z.url()]).parse(await once(lines, "line", { signal: AbortSignal.timeout(30_000) }));
  return {
    url,
    flood: async (agent) => Flooded.parse(await (await fetch(`${url}/flood?agent=${agent}`)).json()),
    async stop() {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await exited;
    },
  };
}
