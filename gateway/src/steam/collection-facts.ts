import { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { CollectionAnswer } from "./steam.ts";

const NESTED = 2;
const Child = z.object({ publishedfileid: ModId, sortorder: z.number().catch(0), filetype: z.int().catch(0) });
const Entry = z.object({ publishedfileid: ModId, result: z.int(), children: z.array(z.unknown()).optional() });
const Answer = z.object({ response: z.object({ collectiondetails: z.array(z.unknown()) }) });

/** What GetCollectionDetails says about `id`, its children in the author's order; null when the answer is junk. */
export function parseCollection(id: ModId, json: unknown): Exclude<CollectionAnswer, { kind: "unavailable" }> | null {
  const answer = Answer.safeParse(json);
  if (!answer.success) return null;
  const entries = answer.data.response.collectiondetails.map((raw) => Entry.safeParse(raw).data);
  const entry = entries.find((candidate) => candidate?.publishedfileid === id);
  // Whatever is no collection has no children, whichever result stands beside it.
  if (entry === undefined || entry.result !== 1 || entry.children === undefined) return { kind: "not_a_collection" };
  const children = entry.children
    .flatMap((raw) => Child.safeParse(raw).data ?? [])
    .toSorted((a, b) => a.sortorder - b.sortorder);
  return {
    kind: "found",
    items: children.filter((child) => child.filetype !== NESTED).map((child) => child.publishedfileid),
    nested: children.filter((child) => child.filetype === NESTED).map((child) => child.publishedfileid),
  };
}
