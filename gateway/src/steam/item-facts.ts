import { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { ItemFacts } from "../domain/catalogue.ts";

/** What one entry of GetPublishedFileDetails says. `empty` has no content, so it may be a collection; `unclear` is junk. */
export type ItemEntry =
  | { kind: "found"; item: ItemFacts }
  | { kind: "empty"; item: ItemFacts }
  | { kind: "removed" }
  | { kind: "collection" }
  | { kind: "unclear" };

const RESULT = { ok: 1, invalid: 8, notFound: 9, accessDenied: 15 } as const;
const GONE: readonly number[] = [RESULT.invalid, RESULT.notFound, RESULT.accessDenied];

/** Collections are made by the app "Steam Workshop" itself. */
const WORKSHOP_APP = 766;

const Answer = z.object({ response: z.object({ publishedfiledetails: z.array(z.unknown()) }) });
const Head = z.object({ publishedfileid: ModId, result: z.int() });

const text = z.string().catch("");
const app = z.int().min(1).max(4_294_967_295);
const seconds = z.int().min(0).max(4_102_444_800);

const Details = z.object({
  creator: text,
  creator_app_id: z.int().catch(0),
  consumer_app_id: z.int().catch(0),
  /** A number until about 2023, text since. */
  file_size: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^[0-9]{1,16}$/)
        .transform(Number),
    ])
    .catch(0),
  file_url: text,
  hcontent_file: text,
  preview_url: text,
  title: text,
  description: text,
  time_created: seconds.catch(0),
  time_updated: seconds,
  banned: z.union([z.int(), z.boolean()]).transform(Boolean).catch(false),
  tags: z.array(z.object({ tag: z.string() }).catch({ tag: "" })).catch([]),
});
type Details = z.infer<typeof Details>;

/** Entries of an answer of GetPublishedFileDetails by id, because their order is not promised; null when it is no such answer. */
export function parseItems(json: unknown): Map<ModId, ItemEntry> | null {
  const answer = Answer.safeParse(json);
  if (!answer.success) return null;
  const entries = new Map<ModId, ItemEntry>();
  for (const raw of answer.data.response.publishedfiledetails) {
    const head = Head.safeParse(raw);
    if (head.success) entries.set(head.data.publishedfileid, toEntry(head.data, raw));
  }
  return entries;
}

function toEntry({ publishedfileid, result }: z.infer<typeof Head>, raw: unknown): ItemEntry {
  if (GONE.includes(result)) return { kind: "removed" };
  const parsed = Details.safeParse(raw);
  if (result !== RESULT.ok || !parsed.success) return { kind: "unclear" };
  const details = parsed.data;
  if (details.banned) return { kind: "removed" };
  if (details.creator_app_id === WORKSHOP_APP) return { kind: "collection" };
  const item = toFacts(publishedfileid, details);
  if (item === null) return { kind: "unclear" };
  return { kind: hasContent(details) ? "found" : "empty", item };
}

const isContentId = (id: string): boolean => id !== "" && id !== "0";

function hasContent(details: Details): boolean {
  return isContentId(details.hcontent_file) || details.file_url !== "" || details.file_size > 0;
}

function toFacts(id: ModId, details: Details): ItemFacts | null {
  const consumer = app.safeParse(details.consumer_app_id || details.creator_app_id);
  if (!consumer.success) return null;
  const size = details.file_size;
  return {
    id,
    app: consumer.data,
    title: details.title,
    description: details.description,
    sizeBytes: size > 0 && Number.isSafeInteger(size) ? size : null,
    fileUrl: webAddress(details.file_url),
    versionKey: isContentId(details.hcontent_file) ? details.hcontent_file : String(details.time_updated),
    createdAt: details.time_created * 1_000,
    updatedAt: details.time_updated * 1_000,
    previewUrl: webAddress(details.preview_url),
    creator: details.creator || null,
    tags: [...new Set(details.tags.map(({ tag }) => tag).filter((tag) => tag !== ""))],
  };
}

/** The address if it is http(s) and short enough for an offer; Steam's words are not trusted further. */
export function webAddress(address: string): string | null {
  const url = address.length <= 2_048 ? URL.parse(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? address : null;
}
