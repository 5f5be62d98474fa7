import { FAILURES, ModId } from "@modfleet/protocol";
import { z } from "zod";

/** What `get` has to know of a Workshop item before it fetches it. */
export type Item = { id: ModId; app: number; title: string; bytes: number | null; fileUrl: string | null };
export type ItemAnswer = { ok: true; item: Item } | { ok: false; problem: string };

export type LookUpOptions = {
  /** Origin of Steam's Web API. */
  api: string;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal;
};

const ANSWER_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const RESULT_OK = 1;
/** Invalid, not found, access denied: removed, hidden or private, Steam does not say which. */
const RESULTS_GONE: readonly number[] = [8, 9, 15];
/** Collections are made by the app "Steam Workshop" itself. */
const WORKSHOP_APP = 766;

const Details = z.object({
  publishedfileid: ModId,
  result: z.int(),
  creator_app_id: z.int().catch(0),
  consumer_app_id: z.int().catch(0),
  /** A number until about 2023, text since. */
  file_size: z.coerce.number().pipe(z.int().min(0)).catch(0),
  file_url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullable()
    .catch(null),
  hcontent_file: z.string().catch(""),
  title: z.string().catch(""),
  banned: z.union([z.int(), z.boolean()]).transform(Boolean).catch(false),
});
type Details = z.infer<typeof Details>;

const DetailsAnswer = z.object({
  response: z.object({ publishedfiledetails: z.array(Details.nullable().catch(null)) }),
});
const Collection = z.object({ publishedfileid: ModId, result: z.literal(RESULT_OK), children: z.array(z.unknown()) });
const CollectionAnswer = z.object({
  response: z.object({ collectiondetails: z.array(Collection.nullable().catch(null)) }),
});

/** Asks Steam what `id` is. What cannot be fetched is a problem in one line that says what to do. */
export async function lookUpItem(id: ModId, options: LookUpOptions): Promise<ItemAnswer> {
  const answer = await call(options, "GetPublishedFileDetails", `itemcount=1&publishedfileids[0]=${id}`);
  if (!answer.ok) return answer;
  const parsed = DetailsAnswer.safeParse(answer.json);
  const details = parsed.data?.response.publishedfiledetails.find((entry) => entry?.publishedfileid === id);
  if (!details) return refused(`Steam's answer about ${id} makes no sense. Try again later`);
  if (RESULTS_GONE.includes(details.result) || details.banned) {
    const { message, advice } = FAILURES.item_removed;
    return refused(`Cannot fetch ${id}: ${message}. ${advice}`);
  }
  if (details.result !== RESULT_OK) return refused(`Steam says result ${details.result} about ${id}. Try again later`);
  const mayBeCollection = details.creator_app_id === WORKSHOP_APP || !hasContent(details);
  const children = mayBeCollection ? await countChildren(id, options) : null;
  if (children !== null || details.creator_app_id === WORKSHOP_APP) return refused(collectionText(id, children));
  return toItem(details);
}

const hasContent = ({ hcontent_file, file_url, file_size }: Details): boolean =>
  !["", "0"].includes(hcontent_file) || file_url !== null || file_size > 0;

function toItem(details: Details): ItemAnswer {
  const app = details.consumer_app_id || details.creator_app_id;
  if (app < 1) return refused(`Steam does not say which game ${details.publishedfileid} is for. Try again later`);
  const { publishedfileid: id, title, file_url: fileUrl, file_size: size } = details;
  return { ok: true, item: { id, app, title, bytes: size > 0 ? size : null, fileUrl } };
}

/** How many items a collection names; null when it is none, or when Steam does not say. */
async function countChildren(id: ModId, options: LookUpOptions): Promise<number | null> {
  const answer = await call(options, "GetCollectionDetails", `collectioncount=1&publishedfileids[0]=${id}`);
  const parsed = answer.ok ? CollectionAnswer.safeParse(answer.json).data : undefined;
  return parsed?.response.collectiondetails.find((entry) => entry?.publishedfileid === id)?.children.length ?? null;
}

function collectionText(id: ModId, children: number | null): string {
  const count = children === null ? "" : ` of ${children} ${children === 1 ? "item" : "items"}`;
  return `${id} is a collection${count}, not an item. Open its page and fetch its items one by one by their own ids`;
}

type Called = { ok: true; json: unknown } | { ok: false; problem: string };

async function call({ api, fetch, signal }: LookUpOptions, method: string, form: string): Promise<Called> {
  const url = new URL(`ISteamRemoteStorage/${method}/v1/`, api.endsWith("/") ? api : `${api}/`);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await readText(response);
    if (response.status === 429) return refused("Steam asked to slow down. Try again in half an hour");
    if (!response.ok) return refused(`Steam's Web API answered ${response.status}. Try again later`);
    return { ok: true, json: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError)
      return refused("Steam's Web API answered something that is not JSON. Try again later");
    return refused(
      `Cannot reach Steam's Web API at ${url.origin}: ${reasonOf(error)}. Check the connection and try again`,
    );
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What fetch throws says only "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const refused = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });
