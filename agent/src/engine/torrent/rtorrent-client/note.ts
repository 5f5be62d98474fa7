import { z } from "zod";

/** The name of our value among rTorrent's own of a torrent, where its session keeps it. */
export const NOTE_KEY = "modfleet";

/** What a magnet link was ordered with: rTorrent knows no more than that it downloads metadata. */
const MagnetNote = z.object({
  kind: z.literal("magnet"),
  uri: z.string(),
  name: z.string().nullable(),
  folder: z.string(),
  files: z.array(z.string()).nullable(),
  maxBytes: z.number().nullable(),
  isPaused: z.boolean(),
});
const Note = z.discriminatedUnion("kind", [
  MagnetNote,
  /** Not all of its files are wanted. */
  z.object({ kind: z.literal("some") }),
  /** It was stopped when its metadata was here. */
  z.object({
    kind: z.literal("refused"),
    problem: z.string(),
    fault: z.literal("too_large").nullable().default(null),
  }),
]);

export type MagnetNote = z.infer<typeof MagnetNote>;
export type Note = z.infer<typeof Note>;
export type RefusedNote = Extract<Note, { kind: "refused" }>;

/** In an alphabet that rTorrent's commands need no quotes for. */
export const encodeNote = (note: Note): string => Buffer.from(JSON.stringify(note)).toString("base64url");

/** Null for none, and for what is no note of ours. */
export function decodeNote(text: string): Note | null {
  if (text === "") return null;
  try {
    return Note.safeParse(JSON.parse(Buffer.from(text, "base64url").toString("utf8"))).data ?? null;
  } catch {
    // No JSON: another program's.
    return null;
  }
}
