import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Client, connected } from "../../../test/console-bench.ts";
import { FILE, type FileServer, fileServer } from "../../../test/console-files.ts";
import { eventually } from "../../../test/eventually.ts";
import { type TempFolder, tempFolder } from "../../../test/temp-folder.ts";

const PROGRAM = fileURLToPath(new URL("../../../test/console-program.ts", import.meta.url));

type World = AsyncDisposable & {
  folder: TempFolder;
  files: FileServer;
  /** Starts the process and connects to it. */
  start(): Promise<Client>;
  kill(): Promise<void>;
};

async function world(): Promise<World> {
  const [folder, files] = [await tempFolder(), await fileServer()];
  const env = {
    ...process.env,
    MODFLEET_AGENT_DATA: folder.path,
    MODFLEET_LOCAL_PORT: "0",
    MODFLEET_ALLOW_PRIVATE_SOURCES: "1",
  };
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const start = async (): Promise<Client> => {
    const started = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    const [url] = await once(started.stdout, "data");
    return await connected(String(url).trim().replace("http", "ws"), {});
  };
  const dispose = async (): Promise<void> => {
    await kill();
    await files[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { folder, files, start, kill, [Symbol.asyncDispose]: dispose };
}

const SENTINEL = "Команда не найдена.";

/** What a command that may say nothing answers: everything before the answer to the next one. */
async function answersTo(client: Client, command: string): Promise<string[]> {
  client.say(command, "and then?");
  const heard: string[] = [];
  while (heard.at(-1) !== SENTINEL) heard.push(...(await client.answers(1)));
  return heard.slice(0, -1);
}

test("the console goes on after kill -9 with what was done, loading and waiting, and keeps every byte", async () => {
  await using given = await world();
  const { folder, files } = given;
  const [a, b, c] = ["a", "b", "c"].map((name) => `${files.url}/gated/${name}.zip`);
  files.open("a.zip");
  const before = await given.start();
  before.say("start", `${a}`, `${b}`, `${c}`, "end");
  await before.answers(1);
  await eventually(async () => expect((await answersTo(before, "loading"))[0]).toContain("/b.zip"));

  await given.kill();
  const after = await given.start();

  const patch = `file://${folder.at("files")}/a.zip`;
  expect(await answersTo(after, "download")).toEqual([`url:${a}, file_amount_bytes:${FILE.length}, patch: ${patch}\n`]);
  expect(await answersTo(after, "loading")).toEqual([
    expect.stringMatching(new RegExp(`^url:${b}, file_amount_bytes:${FILE.length}, threads_size:1, status:[0-9.]+$`)),
  ]);
  expect(await answersTo(after, "queue")).toEqual([`url:${c}, status: В очереди\n`]);

  files.open("b.zip");
  files.open("c.zip");
  await eventually(async () => expect(await answersTo(after, "download")).toHaveLength(3));
  expect(await readFile(folder.at("files", "b.zip"))).toEqual(FILE);
});

test("the console, killed at random moments, ends with every file once and whole", async () => {
  await using given = await world();
  const { folder, files } = given;
  const names = Array.from({ length: 12 }, (_, at) => `${at}.zip`);
  let client = await given.start();
  client.say("start", ...names.map((name) => `${files.url}/plain/${name}`), "end");
  await client.answers(1);

  for (let kills = 0; kills < 3; kills += 1) {
    await delay(Math.random() * 60);
    await given.kill();
    client = await given.start();
  }

  await eventually(async () => expect(await answersTo(client, "download")).toHaveLength(names.length));
  expect(readdirSync(folder.at("files")).toSorted()).toEqual([".partial", ...names].toSorted());
  for (const name of names) expect(await readFile(folder.at("files", name))).toEqual(FILE);
  await eventually(() => expect(readdirSync(folder.at("files", ".partial"))).toEqual([]));
});
