import { z } from "zod";

/** The subprotocol's name on the wire; a changed message needs a new one. */
export const SUBPROTOCOL = "modfleet.console.v1";

/** Comes back as it was sent, so that a client can tell which answer is whose. */
const Re = z.union([z.string().max(64), z.int()]).optional();
const Id = z.string().min(1).max(64);

/** Everything a client may say. */
export const ClientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("add"), re: Re, urls: z.array(z.string()).min(1).max(100) }),
  z.object({ type: z.literal("list"), re: Re, done: z.int().min(0).max(1_000).default(100) }),
  z.object({ type: z.literal("watch"), re: Re, everyMs: z.int().min(100).max(60_000).default(500) }),
  z.object({ type: z.literal("unwatch"), re: Re }),
  z.object({ type: z.literal("pause"), re: Re, id: Id }),
  z.object({ type: z.literal("resume"), re: Re, id: Id }),
  z.object({ type: z.literal("cancel"), re: Re, id: Id }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

const Url = z.string();
const Progress = { bytes: z.int(), total: z.int().nullable(), connections: z.int() };

const Added = z.discriminatedUnion("outcome", [
  z.object({ url: Url, outcome: z.literal("accepted"), id: Id }),
  /** `address` is the file's `file:///` URL. */
  z.object({ url: Url, outcome: z.literal("already"), address: z.string() }),
  z.object({ url: Url, outcome: z.enum(["format", "dead", "page", "full"]) }),
]);

const Open = z.discriminatedUnion("state", [
  z.object({ id: Id, url: Url, state: z.enum(["waiting", "paused"]) }),
  z.object({ id: Id, url: Url, state: z.literal("loading"), ...Progress }),
]);

const File = z.object({ id: Id, url: Url, bytes: z.int(), address: z.string() });

const Changed = z.discriminatedUnion("state", [
  z.object({ type: z.literal("changed"), id: Id, url: Url, state: z.enum(["waiting", "paused", "cancelled"]) }),
  z.object({ type: z.literal("changed"), id: Id, url: Url, state: z.literal("loading"), ...Progress }),
  z.object({ type: z.literal("changed"), state: z.literal("done"), ...File.shape }),
  z.object({ type: z.literal("changed"), id: Id, url: Url, state: z.literal("failed"), detail: z.string() }),
]);
export type Changed = z.infer<typeof Changed>;

const Refusal = z.enum(["bad_message", "unknown_download", "disk"]);

/** Everything the console says: an answer to each message in `re`, and `changed` to those who watch. */
export const ServerMessage = z.union([
  z.object({ type: z.literal("added"), re: Re, results: z.array(Added) }),
  z.object({ type: z.literal("lists"), re: Re, open: z.array(Open), done: z.array(File), doneTotal: z.int() }),
  z.object({ type: z.literal("ok"), re: Re }),
  z.object({ type: z.literal("refused"), re: Re, code: Refusal, message: z.string() }),
  Changed,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;

export type Parsed = { ok: true; message: ClientMessage } | { ok: false; re?: string | number; why: string };

const AnyMessage = z.looseObject({ re: Re });

/** Reads one frame; junk is a value, with its `re` where that can be read. */
export function parseClientMessage(frame: string | null): Parsed {
  if (frame === null) return { ok: false, why: "Only text frames of at most 256 KiB are messages" };
  const value = parseJson(frame);
  const parsed = ClientMessage.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const re = AnyMessage.safeParse(value).data?.re;
  const why = value === undefined ? "Not JSON" : z.prettifyError(parsed.error);
  return { ok: false, why, ...(re !== undefined && { re }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
