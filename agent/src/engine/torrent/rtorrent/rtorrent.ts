import { askAll, askOne, type Call, checkHash } from "./ask.ts";
import { DOWNLOAD_COMMANDS, parseDownload, parseFiles, type RTorrentDownload, type RTorrentFile } from "./downloads.ts";
import { parseMethodResponse } from "./read-xml-rpc.ts";
import { RTorrentError } from "./rtorrent-error.ts";
import { createTransport, endpointText, type RTorrentEndpoint } from "./transport.ts";
import { encodeCall, XmlRpcError, type XmlRpcValue } from "./xml-rpc.ts";

export type RTorrentOptions = {
  endpoint: RTorrentEndpoint;
  /** For one call, connecting included. */
  timeoutMs?: number;
  answerBytesMax?: number;
};

/** What to load: a file that rTorrent itself can read, a magnet link or URL, or the bytes of a `.torrent` file. */
export type RTorrentLoad = { from: string | Uint8Array; start: boolean };

/**
 * One rTorrent (0.9.x). Every method takes a signal, ends within the timeout, and rejects with `RTorrentError` for whatever the server
 * does; a hash that the server does not know is `null` or a `fault`.
 */
export interface RTorrent {
  call: Call;
  /** All downloads with one question. */
  list(signal: AbortSignal): Promise<RTorrentDownload[]>;
  get(hash: string, signal: AbortSignal): Promise<RTorrentDownload | null>;
  files(hash: string, signal: AbortSignal): Promise<RTorrentFile[]>;
  /** rTorrent answers before it has loaded, and says nothing when it cannot: look for the hash afterwards. */
  load(what: RTorrentLoad, signal: AbortSignal): Promise<void>;
  pause(hash: string, signal: AbortSignal): Promise<void>;
  /** Starts what was stopped and resumes what was paused. */
  resume(hash: string, signal: AbortSignal): Promise<void>;
  /** Takes it off the list and leaves its data alone. A `.torrent` file that is tied to it goes too. */
  erase(hash: string, signal: AbortSignal): Promise<void>;
  /** Where the data lies; for a download that was never started. */
  setDirectory(hash: string, folder: string, signal: AbortSignal): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** Ten thousand downloads take about 15 MB. */
const ANSWER_BYTES_MAX = 64 * 1024 ** 2;

/** A client for the rTorrent at `endpoint`. It holds no connection and no state. */
export function createRTorrent(options: RTorrentOptions): RTorrent {
  const call = createCall(options);
  const command = async (method: string, params: readonly XmlRpcValue[], signal: AbortSignal): Promise<void> => {
    await call(method, params, signal);
  };
  return {
    call,
    list: async (signal) => (await askAll(call, DOWNLOAD_COMMANDS, signal)).map(parseDownload),
    get: async (hash, signal) => {
      const answers = await askOne(call, { hash, commands: DOWNLOAD_COMMANDS }, signal);
      return answers === null ? null : parseDownload(answers);
    },
    files: async (hash, signal) =>
      parseFiles(await call("f.multicall", [checkHash(hash), "", "f.path=", "f.size_bytes="], signal)),
    load: ({ from, start }, signal) => {
      const [plain, raw] = start ? ["load.start", "load.raw_start"] : ["load.normal", "load.raw"];
      return command(typeof from === "string" ? plain : raw, ["", from], signal);
    },
    pause: async (hash, signal) => command("d.pause", [checkHash(hash)], signal),
    resume: async (hash, signal) => {
      await command("d.start", [checkHash(hash)], signal);
      await command("d.resume", [hash], signal);
    },
    erase: async (hash, signal) => command("d.erase", [checkHash(hash)], signal),
    setDirectory: async (hash, folder, signal) => command("d.directory.set", [checkHash(hash), folder], signal),
  };
}

function createCall({ endpoint, timeoutMs = TIMEOUT_MS, answerBytesMax = ANSWER_BYTES_MAX }: RTorrentOptions): Call {
  const transport = createTransport(endpoint);
  const where = endpointText(endpoint);
  return async (method, params, signal) => {
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const text = await transport(encodeCall(method, params), {
        answerBytesMax,
        signal: AbortSignal.any([signal, late]),
      });
      const response = parseMethodResponse(text);
      if (response.ok) return response.value;
      throw new RTorrentError("fault", `${response.message} (${method}, fault ${response.code})`);
    } catch (error) {
      signal.throwIfAborted();
      throw toRTorrentError(error, { where, lateMs: late.aborted ? timeoutMs : null });
    }
  };
}

function toRTorrentError(error: unknown, { where, lateMs }: { where: string; lateMs: number | null }): RTorrentError {
  if (error instanceof RTorrentError)
    return new RTorrentError(error.problem, `${where}: ${error.message}`, error.cause);
  if (error instanceof XmlRpcError) return new RTorrentError("nonsense", `${where}: ${error.message}`, error);
  if (lateMs !== null) return new RTorrentError("too_slow", `${where}: No answer within ${lateMs / 1_000} s`, error);
  return new RTorrentError("unreachable", `${where}: ${reasonOf(error)}`, error);
}

/** Trying several addresses of a name fails with an error that has no words of its own. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
