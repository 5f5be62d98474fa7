import { readFileSync } from "node:fs";
import {
  type Ask,
  httpWire,
  type Reply,
  readCall,
  scgiWire,
  type Value,
  type Wire,
  writeAnswer,
} from "./fake-rtorrent-wire.ts";

export type FakeDownload = {
  hash: string;
  name: string;
  active: boolean;
  isHashing: boolean;
  downloaded: number;
  uploaded: number;
  length: number;
  loadedFile: string;
  directory: string;
  files: { path: string; length: number }[];
  isMultiFile: boolean;
  message: string;
  /** What others have written down with it, by its name. */
  custom: Record<string, string>;
};

/** A download of 3 MB with nothing in it yet. */
export function aDownload(given: Partial<FakeDownload> = {}): FakeDownload {
  const { name = "payload.bin", length = 3_000_000 } = given;
  return {
    hash: "6EE164620A63D750BA0B7FFF3C81E7F914D140DB",
    name,
    active: true,
    isHashing: false,
    downloaded: 0,
    uploaded: 0,
    length,
    loadedFile: `/srv/torrent/files/${name}.torrent`,
    directory: "/srv/torrent/data",
    files: [{ path: name, length }],
    isMultiFile: false,
    message: "",
    custom: {},
    ...given,
  };
}

const NOT_FOUND: Value = { fault: "Could not find info-hash." };

const flag = (value: boolean): number => (value ? 1 : 0);

const CHUNK_BYTES = 1_000_000;

const ANSWERS: Readonly<Record<string, (it: FakeDownload, argument: string) => Value>> = {
  "d.hash": (it) => it.hash,
  "d.name": (it) => it.name,
  "d.is_open": () => 1,
  "d.is_active": (it) => flag(it.active),
  "d.state": () => 1,
  "d.hashing": (it) => flag(it.isHashing),
  "d.hashing_failed": () => 0,
  "d.free_diskspace": () => 1e12,
  "d.complete": (it) => flag(it.downloaded === it.length),
  "d.is_multi_file": (it) => flag(it.isMultiFile),
  "d.completed_bytes": (it) => it.downloaded,
  "d.size_bytes": (it) => it.length,
  "d.up.total": (it) => it.uploaded,
  "d.down.rate": () => 0,
  "d.up.rate": () => 0,
  "d.ratio": (it) => (it.downloaded === 0 ? 0 : Math.floor((1_000 * it.uploaded) / it.downloaded)),
  "d.peers_complete": () => 0,
  "d.peers_accounted": () => 0,
  "d.loaded_file": (it) => it.loadedFile,
  "d.directory": (it) => it.directory,
  "d.base_path": (it) => `${it.directory}/${it.name}`,
  "d.message": (it) => it.message,
  "d.is_meta": () => 0,
  "d.is_hash_checked": () => 1,
  "d.chunk_size": () => CHUNK_BYTES,
  "d.size_chunks": (it) => Math.ceil(it.length / CHUNK_BYTES),
  "d.completed_chunks": (it) => Math.floor(it.downloaded / CHUNK_BYTES),
  "d.wanted_chunks": (it) => Math.ceil((it.length - it.downloaded) / CHUNK_BYTES),
  "d.peers_connected": () => 0,
  "d.custom": (it, name) => it.custom[name] ?? "",
};

export type FakeRTorrent = AsyncDisposable & {
  /** Its list; a test changes it as the world would. */
  downloads: FakeDownload[];
  /** Every call with its arguments, newest last. */
  calls: string[];
  /** Takes the place of every answer while it is set; `null` answers as usual. */
  reply: Reply | null;
  /** Awaited before each answer. */
  hold: (method: string) => Promise<void>;
  /** What becomes of a loaded file; null: nothing, as when rTorrent cannot read it. */
  onLoad: (path: string | null, content: Buffer) => FakeDownload | null;
  port: number;
  url: string;
  /** Nothing listens any more, until `back`. */
  down(): Promise<void>;
  back(): Promise<void>;
};

/** An rTorrent that speaks the real wire on loopback, over HTTP or SCGI; `at` is a path for a socket. */
export async function fakeRTorrent({
  wire = "http",
  at,
}: {
  wire?: "http" | "scgi";
  at?: string;
} = {}): Promise<FakeRTorrent> {
  const open = wire === "http" ? httpWire : scgiWire;
  const ask: Ask = async (document) => {
    const { method, args } = readCall(document);
    fake.calls.push([method, ...args.map((arg) => arg.slice(0, 200))].join(" "));
    await fake.hold(method);
    const answer = writeAnswer(answerTo(fake, method, args));
    if (fake.reply?.kind === "half") return { kind: "half", document: answer };
    return fake.reply ?? { kind: "answer", document: answer };
  };
  let server: Wire = await (at === undefined ? open(ask) : scgiWire(ask, at));
  const { port } = server;
  const fake: FakeRTorrent = {
    downloads: [],
    calls: [],
    reply: null,
    hold: async () => undefined,
    onLoad: () => null,
    port,
    url: wire === "http" ? `http://127.0.0.1:${port}/RPC2` : `scgi://${at ?? `127.0.0.1:${port}`}`,
    down: () => server.close(),
    back: async () => {
      server = await open(ask, port);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
  return fake;
}

function answerTo(fake: FakeRTorrent, method: string, args: readonly string[]): Value {
  const [target = "", view = "", ...fields] = args;
  if (method === "d.multicall2") {
    return view === "main" ? fake.downloads.map((it) => fields.map((field) => ask(it, field.split("=")))) : [];
  }
  if (method === "system.multicall") {
    const starts = args.flatMap((arg, at) => (arg.startsWith("d.") ? [at] : []));
    return starts.map((at, index) => {
      const [name = "", hash, ...rest] = args.slice(at, starts[index + 1]);
      const found = fake.downloads.find((it) => it.hash === hash);
      return found === undefined ? NOT_FOUND : [ask(found, [name, ...rest])];
    });
  }
  if (method.startsWith("load.")) return load(fake, { method, from: view, commands: fields });
  if (method === "system.client_version") return "0.9.8";
  const found = fake.downloads.find(({ hash }) => hash === target);
  return found === undefined ? NOT_FOUND : command(fake, found, [method, ...args.slice(1)]);
}

const ask = (download: FakeDownload, [name = "", argument = ""]: readonly string[]): Value =>
  ANSWERS[name]?.(download, argument) ?? { fault: `Method '${name}' not defined` };

function command(fake: FakeRTorrent, download: FakeDownload, [method, arg = ""]: string[]): Value {
  if (method === "f.multicall") return download.files.map(({ path, length }) => [path, length]);
  if (method === "d.pause" || method === "d.stop") download.active = false;
  else if (method === "d.resume" || method === "d.start") download.active = true;
  else if (method === "d.erase") fake.downloads.splice(fake.downloads.indexOf(download), 1);
  else if (method === "d.directory.set") download.directory = arg;
  else return { fault: `Method '${method}' not defined` };
  return 0;
}

type Load = { method: string; from: string; commands: readonly string[] };

/** As the real one: 0 at once, whatever comes of it. */
function load(fake: FakeRTorrent, { method, from, commands }: Load): Value {
  const isRaw = method.startsWith("load.raw");
  let content: Buffer;
  try {
    content = isRaw ? Buffer.from(from, "base64") : readFileSync(from);
  } catch {
    return 0;
  }
  const download = fake.onLoad(isRaw ? null : from, content);
  if (download === null || fake.downloads.some(({ hash }) => hash === download.hash)) return 0;
  const loaded = { ...download, loadedFile: isRaw ? "" : from, active: method.endsWith("start") };
  fake.downloads.push(loaded);
  for (const text of commands) {
    const [, name = "", argument = ""] = /^([a-z_.]+)="?(.*?)"?$/.exec(text) ?? [];
    command(fake, loaded, [name, argument]);
  }
  return 0;
}
