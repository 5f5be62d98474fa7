import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RTorrent } from "../rtorrent/rtorrent.ts";
import { decodeNote, encodeNote, type MagnetNote, NOTE_KEY, type RefusedNote } from "./note.ts";
import { askFileRows, askRow, type FileRow, type Row } from "./rows.ts";
import { toFileStatus } from "./to-status.ts";
import { setWanted } from "./wanted.ts";

/** Carries out what a magnet link was ordered with once its metadata is here; null when the torrent went meanwhile. */
export async function settle(rtorrent: RTorrent, row: Row, signal: AbortSignal): Promise<Row | null> {
  const note = decodeNote(row.note);
  if (row.isMeta || note?.kind !== "magnet") return row;
  const files = await askFileRows(rtorrent, row.hash, signal);
  const wanted = files.map((file) => note.files === null || note.files.includes(toFileStatus(row, file).path));
  const refusal = refusalOf(
    note,
    files.filter((_, index) => wanted[index]),
  );
  await untie(rtorrent, { row, note }, signal);
  if (refusal !== null) {
    await rtorrent.call("d.stop", [row.hash], signal);
    await setNote(rtorrent, { row, text: encodeNote({ kind: "refused", ...refusal }) }, signal);
    return askRow(rtorrent, row.hash, signal);
  }
  if (note.files !== null || note.maxBytes !== null) await want(rtorrent, { row, wanted }, signal);
  await setNote(rtorrent, { row, text: note.files === null ? "" : encodeNote({ kind: "some" }) }, signal);
  return askRow(rtorrent, row.hash, signal);
}

function refusalOf({ maxBytes }: MagnetNote, wanted: readonly FileRow[]): Omit<RefusedNote, "kind"> | null {
  if (wanted.length === 0) return { problem: "The torrent has none of the files that are wanted", fault: null };
  const bytes = wanted.reduce((sum, file) => sum + file.bytes, 0);
  if (maxBytes === null || bytes <= maxBytes) return null;
  return { problem: `The torrent has ${bytes} bytes, more than ${maxBytes}`, fault: "too_large" };
}

/** It stands there as one that could not be begun, and is in no session yet. */
async function want(
  rtorrent: RTorrent,
  { row, wanted }: { row: Row; wanted: readonly boolean[] },
  signal: AbortSignal,
): Promise<void> {
  await setWanted(rtorrent, { hash: row.hash, wanted }, signal);
  await rtorrent.call("d.stop", [row.hash], signal);
  await rtorrent.call("d.message.set", [row.hash, ""], signal);
  await rtorrent.call("d.save_full_session", [row.hash], signal);
  if (row.isStarted) await rtorrent.resume(row.hash, signal);
}

/** The metadata lies beside the content as a file that the torrent would end with; its session has it too. */
async function untie(
  rtorrent: RTorrent,
  { row, note }: { row: Row; note: MagnetNote },
  signal: AbortSignal,
): Promise<void> {
  await rtorrent.call("d.tied_to_file.set", [row.hash, ""], signal);
  await rm(join(note.folder, `${row.hash}.meta`), { force: true });
}

async function setNote(
  rtorrent: RTorrent,
  { row, text }: { row: Row; text: string },
  signal: AbortSignal,
): Promise<void> {
  await rtorrent.call("d.custom.set", [row.hash, NOTE_KEY, text], signal);
}
