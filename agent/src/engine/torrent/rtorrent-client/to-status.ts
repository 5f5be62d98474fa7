import { posix } from "node:path";
import type { TorrentFileStatus, TorrentPhase, TorrentStatus } from "../client.ts";
import { decodeNote, type Note } from "./note.ts";
import type { FileRow, Row } from "./rows.ts";

/** A torrent as every client shows it. `files` where not all of them are wanted, else null: then the sums are rTorrent's. */
export function toStatus(row: Row, files: readonly FileRow[] | null): TorrentStatus {
  const note = decodeNote(row.note);
  const hasMetadata = !isWaiting(row, note);
  return {
    infoHash: row.hash.toLowerCase(),
    name: hasMetadata ? row.name : note?.kind === "magnet" ? note.name : null,
    phase: hasMetadata ? phaseOf(row) : "metadata",
    isPaused: !row.isStarted || isHeld(row),
    bytes: hasMetadata ? (wantedBytes(row, files, (file) => doneBytes(row, file)) ?? row.completedBytes) : 0,
    totalBytes: hasMetadata ? (wantedBytes(row, files, (file) => file.bytes) ?? row.sizeBytes) : null,
    ...{ uploadedBytes: row.uploadedBytes, downRate: row.downRate, upRate: row.upRate, peers: row.peers },
    folder: note?.kind === "magnet" ? note.folder : folderOf(row),
    ...(note?.kind === "refused"
      ? { problem: note.problem, fault: note.fault }
      : hasMetadata || row.isMeta
        ? troubleOf(row)
        : NO_TROUBLE),
  };
}

/** Whether its files have to be asked for: some are not wanted, by us or by somebody else. */
export function hasSome(row: Row): boolean {
  if (row.isMeta) return false;
  return decodeNote(row.note)?.kind === "some" || row.wantedChunks < row.sizeChunks - row.completedChunks;
}

/** Whether metadata is missing, or came and nothing was made of the order yet. */
export const isWaiting = (row: Row, note: Note | null): boolean => row.isMeta || note?.kind === "magnet";

export function toFileStatus(row: Row, file: FileRow): TorrentFileStatus {
  const path = row.isMultiFile ? `${row.name}/${file.path}` : file.path;
  return { path, bytes: file.bytes, doneBytes: doneBytes(row, file), isWanted: file.isWanted };
}

/** The folder that the torrent's name lies in. */
export const folderOf = (row: Row): string => (row.isMultiFile ? posix.dirname(row.directory) : row.directory);

function phaseOf(row: Row): TorrentPhase {
  if (isStuck(row)) return "downloading";
  if (row.isHashing || (row.isStarted && !row.isHashChecked && row.message === "")) return "checking";
  return row.isComplete || (row.isHashChecked && row.wantedChunks === 0) ? "complete" : "downloading";
}

/** It wanted to look through its files, could not open them, and says no more about it than this. */
const isStuck = (row: Row): boolean => row.hasFailed && !row.isOpen;

/** rTorrent then drops everybody without a word. */
function isFull({ isOpen, isActive, wantedChunks, freeBytes, chunkBytes, peers }: Row): boolean {
  return isOpen && isActive && wantedChunks > 0 && freeBytes < chunkBytes && peers === 0;
}

/** By somebody's `d.pause`, which leaves the state at started. */
function isHeld(row: Row): boolean {
  return row.isOpen && row.isHashChecked && !row.isActive && !row.isHashing && row.message === "";
}

function wantedBytes(row: Row, files: readonly FileRow[] | null, bytes: (file: FileRow) => number): number | null {
  if (files === null || decodeNote(row.note)?.kind === "refused") return null;
  return files.filter((file) => file.isWanted).reduce((sum, file) => sum + bytes(file), 0);
}

/** rTorrent counts chunks per file, one or the other twice: exact when there are none or all of them. */
function doneBytes({ chunkBytes }: Row, { bytes, chunks, completedChunks }: FileRow): number {
  return completedChunks >= chunks ? bytes : Math.min(bytes, completedChunks * chunkBytes);
}

const TRACKER = /^Tracker: \[/;
const REFUSAL = /^Tracker: \[Failure reason "?(.*?)"?\]$/s;

type Trouble = Required<Pick<TorrentStatus, "problem" | "fault">>;
const NO_TROUBLE: Trouble = { problem: null, fault: null };
/** As the system words it, and we do; rTorrent hands on nothing else. */
const FULL = /no space left|disk quota|file too large|disk is full/i;

function troubleOf(row: Row): Trouble {
  const problem = problemOf(row);
  return { problem, fault: problem !== null && FULL.test(problem) ? "disk_full" : null };
}

/** A tracker that is away for a while is none as long as others may be there; one that refuses is, while nobody else shares. */
function problemOf(row: Row): string | null {
  if (isStuck(row) && row.message === "") return "rTorrent cannot open the torrent's files";
  if (isFull(row)) return "The disk is full";
  if (row.message === "") return null;
  if (!TRACKER.test(row.message)) return row.message;
  const refusal = REFUSAL.exec(row.message)?.[1];
  if (refusal === undefined || row.isComplete || row.peers > 0) return null;
  return `The tracker refuses: ${refusal}`;
}
