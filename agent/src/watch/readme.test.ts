import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { readWatchFile } from "./watch-file.ts";
import { createWebHook } from "./webhook.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const README = readFileSync(new URL("./README.md", import.meta.url), "utf8");
const examples = [...README.matchAll(/^```(js|json)\n(.*?)^```$/gms)].map(([, kind, text = ""]) => ({ kind, text }));

test("the README's watch.json is one", async () => {
  await using folder = await tempFolder();
  await folder.write({ "watch.json": examples.find(({ kind }) => kind === "json")?.text ?? "" });

  expect(readWatchFile(folder.at("watch.json"))).toMatchObject({
    ok: true,
    file: { settings: [{ name: "home" }, { name: "seedbox" }], webhooks: [{ secret: SECRET }] },
  });
});

/** The README's receiver, at work; what it says line by line. */
async function receiver(): Promise<{ url: string; said: string[] }> {
  const folder = await tempFolder();
  await folder.write({ "hook.mjs": examples.at(-1)?.text ?? "" });
  const env = { ...process.env, SECRET, PORT: "0" };
  const child = spawn(process.execPath, [folder.at("hook.mjs")], { env, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await folder[Symbol.asyncDispose]();
  });
  const said: string[] = [];
  createInterface(child.stdout).on("line", (line) => said.push(line));
  await eventually(() => expect(said).toEqual([expect.stringMatching(/^Listening on port \d+$/)]));
  return { url: `http://127.0.0.1:${said.pop()?.split(" ").at(-1)}/hook`, said };
}

test("the README's receiver takes what is signed with its secret, and nothing else", async () => {
  const { url, said } = await receiver();
  const refused: number[] = [];
  const send = (id: string, { secret = SECRET, ageMs = 0 }: { secret?: string; ageMs?: number } = {}): void => {
    const onFailed = (_url: URL, status: number): void => void refused.push(status);
    const tools = { now: () => Date.now() - ageMs, newId: () => id, onListenerError: () => undefined, retryMs: [] };
    const hook = createWebHook(url, { secret, onFailed }, tools);
    onTestFinished(hook.close);
    hook.send({ event: "added", torrent: aTorrent });
  };

  send("msg_other", { secret: "whsec_c2VjcmV0" });
  send("msg_old", { ageMs: 600_000 });
  await eventually(() => expect(refused).toEqual([401, 401]));
  const unsigned = { "webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": `v1,${"\u00e4".repeat(44)}` };
  expect((await fetch(url, { method: "POST", headers: unsigned, body: "{}" })).status).toBe(401);
  send("msg_ours");
  await eventually(() => expect(said).toEqual(["msg_ours added"]));
});

const aTorrent = {
  ...{ server: "home", hash: "A".repeat(40), name: "Müll.bin", active: true, downloaded: 1, uploaded: 0, length: 3 },
  ...{ path: "", extra: {}, progress: 33, ratio: "0.0000", finished: false, playing: true, files: [] },
};
