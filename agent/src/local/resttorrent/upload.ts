import { statfs } from "node:fs/promises";
import type { TorrentOrder, TorrentStatus } from "../../engine/torrent/client.ts";
import { parseMagnet } from "../../engine/torrent/magnet.ts";
import { METAINFO_BYTES_MAX, type Metainfo, parseMetainfo } from "../../engine/torrent/metainfo.ts";
import { fetchMetainfo } from "./fetch-metainfo.ts";
import type { Session } from "./open-session.ts";
import { flagIn, given, requiredText, storageModeIn, textIn } from "./parameters.ts";
import { type Parameters, RestError } from "./rest-torrent.ts";
import { checkContent, findSavePlace, makeSavePlace, type SavePlace } from "./save-path.ts";

export type UploadOptions = {
  /** Absolute; nothing is written outside of it. */
  downloadsFolder: string;
  /** Lets `url` lead to loopback and private networks. */
  allowPrivate: boolean;
  signal: AbortSignal;
};

/** What is to be downloaded; of a magnet link nothing but the hash is known. */
type Content = { infoHash: string; from: TorrentOrder["from"]; metainfo: Metainfo | null };

const TORRENTS_MAX = 500;

/**
 * Adds a torrent to a session, or answers with the one that is there already. All is checked before anything is made on the disk.
 * Throws `RestError`, `TorrentError`, what the disk throws, or the signal's reason.
 */
export async function uploadTorrent(
  session: Session,
  parameters: Parameters,
  options: UploadOptions,
): Promise<TorrentStatus> {
  const { client } = session;
  const target = targetIn(parameters);
  const savePath = requiredText(parameters, "save_path", "a folder inside of the downloads folder, like . or movies");
  const mode = storageModeIn(parameters);
  const place = await findSavePlace(options.downloadsFolder, savePath);
  const { infoHash, from, metainfo } = await readTarget(target, options);
  const there = await client.get(infoHash, options.signal);
  if (there !== null) return there;
  if (metainfo !== null) await checkPlace(place, metainfo, mode === "allocate");
  const order = {
    from,
    folder: await makeSavePlace(place),
    isPaused: !flagIn(parameters, "autostart", true),
    isKept: session.isKept && !flagIn(parameters, "memory_only", !session.isKept),
  };
  return withRoom(session, options.signal, () => client.add(order, options.signal));
}

type Target = { name: "file"; bytes: Uint8Array } | { name: "magnet" | "url"; text: string };

function targetIn(parameters: Parameters): Target {
  const [name, ...others] = (["file", "magnet", "url"] as const).filter((one) => given(parameters, one) !== undefined);
  if (name === undefined || others.length > 0) {
    throw new RestError("upload.target.selectone", "Send exactly one of file, magnet and url");
  }
  return name === "file" ? { name, bytes: bytesIn(parameters) } : { name, text: textIn(parameters, name) ?? "" };
}

function bytesIn(parameters: Parameters): Uint8Array {
  const file = given(parameters, "file");
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  throw new RestError("upload.invalid", "file has to be the bytes of a torrent file: send it as a file or as binary");
}

async function readTarget(target: Target, { allowPrivate, signal }: UploadOptions): Promise<Content> {
  if (target.name === "magnet") {
    const { infoHash } = parseMagnet(target.text);
    return { infoHash, from: { kind: "magnet", uri: target.text }, metainfo: null };
  }
  const fetch = { allowPrivate, bytesMax: METAINFO_BYTES_MAX, signal };
  const bytes = target.name === "file" ? target.bytes : await fetchMetainfo({ url: target.text, ...fetch });
  const metainfo = parseMetainfo(bytes);
  return { infoHash: metainfo.infoHash, from: { kind: "metainfo", bytes }, metainfo };
}

async function checkPlace(place: SavePlace, { files, length }: Metainfo, isAllocated: boolean): Promise<void> {
  const kept = files.filter(({ isPadding }) => !isPadding);
  await checkContent(
    place,
    kept.map(({ path }) => path),
  );
  if (!isAllocated) return;
  const { bavail, bsize } = await statfs(place.root);
  if (bavail * bsize >= length) return;
  const advice = "free some space, or send storage_mode=sparse";
  throw new RestError("disk.failed", `The disk has no room for ${length} bytes: ${advice}`);
}

async function withRoom<T>(session: Session, signal: AbortSignal, add: () => Promise<T>): Promise<T> {
  session.adding += 1;
  try {
    const { length } = await session.client.list(signal);
    if (length + session.adding > TORRENTS_MAX) {
      throw new RestError(
        "torrent.limit",
        `A session takes ${TORRENTS_MAX} torrents: delete one, or use another session`,
      );
    }
    return await add();
  } finally {
    session.adding -= 1;
  }
}
