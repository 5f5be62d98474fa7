import { expect, test } from "vitest";
import { encodeNote } from "./note.ts";
import type { FileRow, Row } from "./rows.ts";
import { folderOf, hasSome, toFileStatus, toStatus } from "./to-status.ts";

const HASH = "0123456789ABCDEF0123456789ABCDEF01234567";

/** Half of 100,000 bytes in chunks of 10,000 is there and it goes on. */
const aRow = (given: Partial<Row> = {}): Row => ({
  ...{
    hash: HASH,
    name: "pack",
    isMeta: false,
    isOpen: true,
    isActive: true,
    isStarted: true,
    isHashing: false,
    hasFailed: false,
  },
  ...{ isHashChecked: true, isComplete: false, isMultiFile: true, sizeChunks: 10, completedChunks: 5, wantedChunks: 5 },
  ...{ chunkBytes: 10_000, sizeBytes: 100_000, completedBytes: 50_000, uploadedBytes: 7, downRate: 2, upRate: 3 },
  ...{ peers: 0, directory: "/in/pack", message: "", note: "", freeBytes: 1e9 },
  ...given,
});

const aFile = (given: Partial<FileRow> = {}): FileRow => ({
  ...{ path: "sub/a.bin", bytes: 25_000, isWanted: true, chunks: 3, completedChunks: 3 },
  ...given,
});

test("toStatus() shows a download that goes on", () => {
  expect(toStatus(aRow({ peers: 4 }), null)).toEqual({
    ...{ infoHash: HASH.toLowerCase(), name: "pack", phase: "downloading", isPaused: false, folder: "/in" },
    ...{
      bytes: 50_000,
      totalBytes: 100_000,
      uploadedBytes: 7,
      fault: null,
      downRate: 2,
      upRate: 3,
      peers: 4,
      problem: null,
    },
  });
});

test.each<[string, Partial<Row>, object]>([
  ["one that is looked through", { isHashing: true, isHashChecked: false }, { phase: "checking", isPaused: false }],
  ["one that waits to be looked through", { isHashChecked: false }, { phase: "checking", isPaused: false }],
  [
    "one whose files cannot be opened",
    { isHashing: true, isHashChecked: false, isOpen: false, hasFailed: true },
    { phase: "downloading", isPaused: false, problem: "rTorrent cannot open the torrent's files" },
  ],
  [
    "one that has no room left",
    { freeBytes: 9_999 },
    { problem: "The disk is full", fault: "disk_full", isPaused: false },
  ],
  ["one that needs no room any more", { freeBytes: 0, wantedChunks: 0 }, { problem: null, phase: "complete" }],
  ["one that was stopped unseen", { isHashChecked: false, isStarted: false }, { phase: "downloading", isPaused: true }],
  ["one that somebody holds", { isActive: false }, { phase: "downloading", isPaused: true }],
  ["one that is whole and stopped", { isComplete: true, isStarted: false }, { phase: "complete", isPaused: true }],
  ["one that has what is wanted of it", { wantedChunks: 0 }, { phase: "complete" }],
  ["metadata", { isMeta: true, name: `${HASH}.meta` }, { phase: "metadata", name: null, totalBytes: null, bytes: 0 }],
])("toStatus() tells %s", (_, row, expected) => {
  expect(toStatus(aRow(row), null)).toMatchObject(expected);
});

test.each([
  ["Tracker: [Timed out]", {}, null],
  ["Tracker: [Couldn't connect to server]", {}, null],
  ['Tracker: [Failure reason "not registered"]', {}, "The tracker refuses: not registered"],
  ['Tracker: [Failure reason "not registered"]', { peers: 1 }, null],
  ['Tracker: [Failure reason "not registered"]', { isComplete: true }, null],
  ["Storage error: [No space left on device]", { peers: 1 }, "Storage error: [No space left on device]"],
])("toStatus() takes %s with %o for the problem %s", (message, row, problem) => {
  expect(toStatus(aRow({ message, ...row }), null).problem).toBe(problem);
});

test("toStatus() counts the files that are wanted", () => {
  const files = [
    aFile(),
    aFile({ isWanted: false, bytes: 40_000 }),
    aFile({ bytes: 35_000, chunks: 5, completedChunks: 2 }),
    aFile({ bytes: 5_000, chunks: 2, completedChunks: 1 }),
  ];

  expect(toStatus(aRow(), files)).toMatchObject({ bytes: 25_000 + 20_000 + 5_000, totalBytes: 65_000 });
});

test("toStatus() says why a magnet link's torrent was refused, with its whole size", () => {
  const note = encodeNote({ kind: "refused", problem: "too much", fault: "too_large" });

  expect(toStatus(aRow({ note, isStarted: false }), [aFile()])).toMatchObject({
    problem: "too much",
    fault: "too_large",
    totalBytes: 100_000,
  });
});

test("hasSome() notices files that are not wanted, whoever said so", () => {
  expect(hasSome(aRow())).toBe(false);
  expect(hasSome(aRow({ wantedChunks: 3 }))).toBe(true);
  expect(hasSome(aRow({ note: encodeNote({ kind: "some" }) }))).toBe(true);
  expect(hasSome(aRow({ note: encodeNote({ kind: "some" }), isMeta: true }))).toBe(false);
});

test("toFileStatus() puts the torrent's folder in front, folderOf() is the one above it", () => {
  expect(toFileStatus(aRow(), aFile())).toEqual({
    ...{ path: "pack/sub/a.bin", bytes: 25_000, doneBytes: 25_000, isWanted: true },
  });
  expect(toFileStatus(aRow({ isMultiFile: false }), aFile({ path: "a.bin" })).path).toBe("a.bin");
  expect(folderOf(aRow({ isMultiFile: false, directory: "/in" }))).toBe("/in");
});
