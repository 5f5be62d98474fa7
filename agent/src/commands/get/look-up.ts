import { FAILURES, type FailureCode, ModId } from "@modfleet/protocol";
import { z } from "zod";
import { callSteam, type SteamApi } from "./steam-api.ts";

/** What `get` has to know of a Workshop item before it fetches it. */
export type Item = { id: ModId; app: number; title: string; bytes: number | null; fileUrl: string | null };
/** What a collection names, in its author's order. */
export type Child = { id: ModId; isCollection: boolean };
export type LookedUp =
  | { kind: "item"; item: Item }
  | { kind: "collection"; children: Child[] }
  | { kind: "problem"; problem: string; code?: FailureCode };

const RESULT_OK = 1;
/** Never made, removed, or hidden: Steam does not say which. */
const RESULT_NOT_FOUND = 9;
/** Invalid, access denied. */
const RESULTS_GONE: readonly number[] = [8, 15];
/** Collections are made by the app "Steam Workshop" itself. */
const WORKSHOP_APP = 766;
/** `filetype` of a collection within another one. */
const COLLECTION_TYPE = 2;

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
const Entry = z.object({
  publishedfileid: ModId,
  sortorder: z.number().catch(0),
  filetype: z.int().catch(0),
});
const Collection = z.object({
  publishedfileid: ModId,
  result: z.literal(RESULT_OK),
  children: z.array(Entry.nullable().catch(null)),
});
const CollectionAnswer = z.object({
  response: z.object({ collectiondetails: z.array(Collection.nullable().catch(null)) }),
});

/** How a command asks Steam. */
export function steamOf({ steamApiUrl, fetch, signal }: { steamApiUrl: string } & Omit<SteamApi, "api">): SteamApi {
  return { api: steamApiUrl, fetch, signal };
}

/** Asks Steam what `id` is. What cannot be fetched is a problem in one line that says what to do. */
export async function lookUp(id: ModId, steam: SteamApi): Promise<LookedUp> {
  const answer = await callSteam(steam, "GetPublishedFileDetails", `itemcount=1&publishedfileids[0]=${id}`);
  if (!answer.ok) return refused(answer.problem);
  const parsed = DetailsAnswer.safeParse(answer.json);
  const details = parsed.data?.response.publishedfiledetails.find((entry) => entry?.publishedfileid === id);
  if (!details) return refused(`Steam's answer about ${id} makes no sense. Try again later`);
  if (details.result === RESULT_NOT_FOUND) {
    const why = "it never existed, or its author removed or hid it";
    return gone(`Cannot fetch ${id}: Steam has no item ${id}, ${why}. Check the id`);
  }
  if (RESULTS_GONE.includes(details.result) || details.banned) {
    const { message, advice } = FAILURES.item_removed;
    return gone(`Cannot fetch ${id}: ${message}. ${advice}`);
  }
  if (details.result !== RESULT_OK) return refused(`Steam says result ${details.result} about ${id}. Try again later`);
  const isCollection = details.creator_app_id === WORKSHOP_APP;
  if (!isCollection && hasContent(details)) return toItem(details);
  const looked = await lookUpCollection(id, steam);
  return looked.kind === "collection" || isCollection ? looked : toItem(details);
}

/** Asks what a collection names. */
export async function lookUpCollection(id: ModId, steam: SteamApi): Promise<Exclude<LookedUp, { kind: "item" }>> {
  const answer = await callSteam(steam, "GetCollectionDetails", `collectioncount=1&publishedfileids[0]=${id}`);
  if (!answer.ok) return refused(answer.problem);
  const parsed = CollectionAnswer.safeParse(answer.json).data;
  const entry = parsed?.response.collectiondetails.find((one) => one?.publishedfileid === id);
  if (!entry) return refused(`Steam does not say what is in the collection ${id}. Try again later`);
  const children = entry.children.filter((child) => child !== null).toSorted((a, b) => a.sortorder - b.sortorder);
  return {
    kind: "collection",
    children: children.map((child) => ({
      id: child.publishedfileid,
      isCollection: child.filetype === COLLECTION_TYPE,
    })),
  };
}

const hasContent = ({ hcontent_file, file_url, file_size }: Details): boolean =>
  !["", "0"].includes(hcontent_file) || file_url !== null || file_size > 0;

function toItem(details: Details): LookedUp {
  const app = details.consumer_app_id || details.creator_app_id;
  if (app < 1) return refused(`Steam does not say which game ${details.publishedfileid} is for. Try again later`);
  const { publishedfileid: id, title, file_url: fileUrl, file_size: size } = details;
  return { kind: "item", item: { id, app, title, bytes: size > 0 ? size : null, fileUrl } };
}

const refused = (problem: string): { kind: "problem"; problem: string } => ({ kind: "problem", problem });

const gone = (problem: string) => ({ kind: "problem", problem, code: "item_removed" }) as const;
