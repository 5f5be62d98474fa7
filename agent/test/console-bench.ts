import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Secret } from "@modfleet/protocol";
import { expect } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { type Console, type ConsoleOptions, openConsole } from "../src/local/console/console.ts";
import { openLocalSurface } from "../src/local/server.ts";
import { createLocalDownloads } from "../src/local-downloads.ts";
import { silentLog } from "../src/log.ts";
import { aStatus } from "./a-status.ts";
import { type FileServer, fileServer } from "./console-files.ts";
import { eventually } from "./eventually.ts";
import { QUICK_LIMITS } from "./http-file-server.ts";
import { type TempFolder, tempFolder } from "./temp-folder.ts";

export type Client = {
  socket: WebSocket;
  say(...frames: (string | Buffer)[]): void;
  /** Waits for so many frames; gives out all that came since the last call. */
  answers(count: number): Promise<string[]>;
  close(): Promise<void>;
};

export type Bench = AsyncDisposable & {
  files: FileServer;
  folder: TempFolder;
  /** Of the console that runs now. */
  console(): Console;
  url(): string;
  client(query?: string, options?: ClientOptions & { protocol?: string }): Promise<Client>;
  /** Puts URLs into the lists by a client of its own. */
  send(...urls: string[]): Promise<void>;
  restart(): Promise<void>;
};

export type Given = Partial<ConsoleOptions> & { origins?: readonly string[]; token?: Secret; answerMs?: number };

/** A console on the real local port, with a server of files and real clients. Everything ends with the scope. */
export async function consoleBench(given: Given = {}): Promise<Bench> {
  const [files, folder] = [await fileServer(), await tempFolder()];
  const start = async () => {
    const door = openConsole({
      downloads: createLocalDownloads({
        allowPrivate: true,
        connections: 4,
        blockBytes: null,
        ...(given.answerMs !== undefined && { answerMs: given.answerMs }),
        limits: QUICK_LIMITS,
      }),
      folder: folder.at("files"),
      journalPath: folder.at("console.jsonl"),
      newId: () => randomUUID(),
      log: silentLog,
      ...given,
    });
    const surface = await openLocalSurface({
      ...{ host: "127.0.0.1", port: 0, origins: given.origins ?? [], token: given.token ?? null },
      ...{ status: aStatus, drain: () => {}, log: silentLog },
      doors: [door],
    });
    return { door, surface };
  };
  let running = await start();
  const stop = async (): Promise<void> => {
    await running.door.close();
    await running.surface.close();
  };
  const client: Bench["client"] = (query = "", options = {}) =>
    connected(`${running.surface.url.replace("http", "ws")}/${query}`, options);
  return {
    files,
    folder,
    console: () => running.door,
    url: () => running.surface.url,
    client,
    send: async (...urls) => {
      const sender = await client();
      sender.say("start", ...urls, "end");
      expect(await sender.answers(1)).toEqual(["Отправка urls на обработку."]);
      await sender.close();
    },
    restart: async () => {
      await stop();
      running = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await files[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A real WebSocket client. */
export async function connected(url: string, options: ClientOptions & { protocol?: string }): Promise<Client> {
  const socket = new WebSocket(url, options.protocol ?? [], options);
  const heard: string[] = [];
  socket.on("message", (data) => heard.push(String(data)));
  await once(socket, "open");
  const say = (...frames: (string | Buffer)[]): void => {
    for (const frame of frames) socket.send(frame);
  };
  return {
    socket,
    say,
    answers: async (count) => {
      await eventually(() => {
        if (heard.length < count) throw new Error(`Heard only ${JSON.stringify(heard)}`);
      });
      return heard.splice(0);
    },
    close: async () => {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close();
      await once(socket, "close");
    },
  };
}
