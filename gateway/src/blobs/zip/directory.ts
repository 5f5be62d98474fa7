import { readSync } from "node:fs";
import { LIMITS } from "@modfleet/protocol";
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { DirectorySpan } from "./end-records.ts";
import { checkEntry, type DirectoryEntry, type EntryRules } from "./entry-rules.ts";
import { Refusal, refuse } from "./refusal.ts";

const WINDOW_BYTES = 256 * 1024;
const RECORD_BYTES_MIN = 46;

/** Small reads of neighbouring bytes out of one window: yauzl reads each record in two pieces. */
class WindowReader extends RandomAccessReader {
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #end = 0;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position < this.#start || position + length > this.#end) {
      this.#start = position;
      this.#end = position + readSync(this.#fd, this.#window, 0, WINDOW_BYTES, position);
    }
    const from = position - this.#start;
    const isThere = position + length <= this.#end;
    if (isThere) this.#window.copy(buffer, offset, from, from + length);
    callback(isThere ? null : new Error("The file ends too early"));
  }
}

type DirectoryInput = { size: number; span: DirectorySpan; rules: EntryRules };

/** The entries of the central directory, each checked by itself, in the order of their data in the file. */
export async function readDirectory(fd: number, input: DirectoryInput): Promise<DirectoryEntry[]> {
  const { span } = input;
  if (span.count > LIMITS.entriesMax) refuse("too_many_entries", `${span.count} entries`);
  if (span.count * RECORD_BYTES_MIN > span.end - span.start) {
    refuse("bad_central_directory", `There is no room for ${span.count} entries`);
  }
  try {
    return (await readEntries(fd, input)).sort((a, b) => a.offset - b.offset);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(/encryption/.test(message) ? "encrypted" : "bad_central_directory", message, { cause });
  }
}

async function readEntries(fd: number, { size, span, rules }: DirectoryInput): Promise<DirectoryEntry[]> {
  const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
  const zip = await fromRandomAccessReaderPromise(new WindowReader(fd), size, options);
  if (cursorOf(zip) !== span.start || zip.entryCount !== span.count) {
    refuse("bad_central_directory", "The end records can be read in two ways");
  }
  const entries: DirectoryEntry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(checkEntry(entry, rules));
  const end = cursorOf(zip);
  if (end !== span.end) refuse("hidden_data", `The central directory has ${span.end - end} bytes too many`);
  return entries;
}

/** Where yauzl reads next. Holds because yauzl sets it to the directory's offset and adds lengths; its types say boolean. */
function cursorOf(zip: ZipFile): number {
  return Number(zip.readEntryCursor as unknown);
}
