import { existsSync } from "node:fs";
import { join } from "node:path";
import { failureRule } from "@modfleet/protocol";
import type { Beside, FetchRequest } from "../engine.ts";
import type { TorrentStatus } from "./client.ts";
import { type Downloaded, downloadTorrent } from "./download-torrent.ts";
import type { TorrentEngineLimits } from "./options.ts";
import type { Found } from "./order-of.ts";
import { placeContent } from "./place-content.ts";
import { reportOf, TorrentFailure } from "./torrent-failure.ts";
import { discardTorrent, type Keeper, type Place, setAside } from "./torrent-keeper.ts";
import { chooseFiles, type Wanted } from "./wanted.ts";
import type { Ways } from "./ways.ts";

/** Where the data of torrents goes; with `beside` they are seeded after their jobs. */
export type Home = { folderFor: (infoHash: string, request: FetchRequest) => string; beside: Beside | null };

export type TorrentJobOptions = Keeper &
  Home & {
    limits: TorrentEngineLimits;
    /** What to say where a torrent names nobody, and the client looks for nobody else. */
    further: string;
  };

type Order = Found & { picked: readonly string[] | undefined; request: FetchRequest };

export type TorrentDone = { root: string; tool: string; name: string };

/** How a job leaves its torrent. `spoiled`: no later try can use what is there. */
type End = "complete" | "partial" | "spoiled";

/**
 * Downloads a torrent for one job and lays its files into the job's folder. In the end nothing runs on for the job: the torrent is
 * seeded, set aside for the next try, or gone, unless another job uses it. Throws what `reportOf` can read, or the signal's reason.
 */
export async function runTorrentJob(order: Order, options: TorrentJobOptions): Promise<TorrentDone> {
  const { infoHash, request, picked } = order;
  const { inUse } = options;
  const wanted = order.files === null ? null : chooseFiles(order.files, { picked, maxBytes: request.maxBytes });
  const folder = inUse.folderOf(infoHash) ?? options.folderFor(infoHash, request);
  await inUse.alone(infoHash, async () => enter({ ways: order.ways, folder }, options));
  let end: End = "partial";
  try {
    const done = await work({ ...order, wanted, folder }, options);
    end = "complete";
    return done;
  } catch (error) {
    if (!request.signal.aborted && failureRule(reportOf(error).code).retry === "never") end = "spoiled";
    throw error;
  } finally {
    await inUse
      .alone(infoHash, () => leave({ infoHash, folder }, end, options))
      .catch((error: unknown) => {
        options.log.warn({ infoHash, error: String(error) }, "Could not put a torrent away");
      });
  }
}

/** Known before it is begun: what a crash leaves is swept only where nobody knows it. */
function enter({ ways, folder }: { ways: Ways; folder: string }, { inUse, book, now }: TorrentJobOptions): void {
  const { infoHash } = ways;
  if (book.get(infoHash) === null) book.put({ state: "partial", infoHash, since: now() });
  inUse.enter(ways, folder);
}

type Begun = Order & { wanted: Wanted | null; folder: string };

async function work({ request, ...torrent }: Begun, options: TorrentJobOptions): Promise<TorrentDone> {
  const { maxBytes, onProgress, signal } = request;
  const client = await options.client.get().catch(unopened);
  const isFresh = !existsSync(torrent.folder);
  // A server that is away is waited for below.
  const looks = await client.looksForPeers(signal).catch(() => true);
  const { wanted, folder }: Downloaded = await downloadTorrent({
    ...{ ...torrent, client, isFresh, maxBytes, onProgress, signal },
    ...{ inUse: options.inUse, limits: options.limits, further: looks ? null : options.further },
  });
  const root = join(request.folder, "content");
  await placeContent(wanted.files, { folder, root, signal });
  return { root, tool: client.tool, name: wanted.name };
}

function unopened(cause: unknown): never {
  const detail = cause instanceof Error ? cause.message : String(cause);
  throw new TorrentFailure("tool_broken", `The torrent client does not start: ${detail}`, cause);
}

/** The job's signal may have fired already, so what is left to do has a time of its own. */
async function leave(place: Place, end: End, options: TorrentJobOptions): Promise<void> {
  const { inUse, client, limits, beside } = options;
  const { infoHash, folder } = place;
  inUse.leave(infoHash);
  if (inUse.folderOf(infoHash) !== null) return;
  const signal = AbortSignal.timeout(limits.closeMs);
  const status = await (await client.get()).get(infoHash, signal);
  const isOurs = status?.folder === folder;
  if (isOurs && status.phase === "complete" && beside !== null && seedsOn(status, end, options)) return;
  if (end === "partial") await setAside(options, place, signal);
  else await discardTorrent(options, place, signal);
}

/** Whether the torrent is seeded from now on, or still. */
function seedsOn(status: TorrentStatus, end: End, { book, now, beside }: TorrentJobOptions): boolean {
  const { infoHash, uploadedBytes: uploaded, totalBytes: bytes } = status;
  if (book.get(infoHash)?.state === "seeding") return true;
  if (end !== "complete" || bytes === null || bytes < 1) return false;
  beside?.onMoved(uploaded);
  book.put({ state: "seeding", infoHash, since: now(), bytes, uploaded, seen: uploaded });
  return true;
}
