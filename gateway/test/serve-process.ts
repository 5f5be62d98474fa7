import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const NODE = fileURLToPath(new URL("../src/node.ts", import.meta.url));

/** A serving gateway in a process of its own. */
export type ServeProcess = AsyncDisposable & { url: string; end(signal: NodeJS.Signals): Promise<number | null> };

/** Starts it on a data folder, with Steam at this address, and waits until it listens. */
export async function serveProcess(folder: string, steamUrl: string): Promise<ServeProcess> {
  const env = {
    PATH: process.env["PATH"],
    MODFLEET_STEAM_API_URL: steamUrl,
    MODFLEET_STEAM_STORE_URL: steamUrl,
    MODFLEET_STEAM_COMMUNITY_URL: steamUrl,
  };
  const args = [NODE, "serve", "--port", "0", "--data", folder];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(child, "close").then(([code]): number | null => (typeof code === "number" ? code : null));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stdout).on("line", (line) => {
    const [, url] = / listening on (\S+)$/.exec(line) ?? [];
    if (url !== undefined) resolve(url);
  });
  void closed.then(() => reject(new Error("The gateway ended before it listened")));
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return closed;
  };
  return { url: await promise, end, [Symbol.asyncDispose]: async () => void (await end("SIGKILL")) };
}
