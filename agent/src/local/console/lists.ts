import { z } from "zod";

const Id = z.string().min(1).max(64);
const Bytes = z.int().min(0);

/** One fact of the lists, as it is remembered on disk. */
export const Fact = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("sent"),
    orders: z.array(z.object({ id: Id, url: z.string(), total: Bytes.nullable() })),
  }),
  z.object({ kind: z.literal("paused"), id: Id, paused: z.boolean() }),
  /** About to get its final name: a crash after this may leave the file there. */
  z.object({ kind: z.literal("placing"), id: Id, file: z.string(), path: z.string(), bytes: Bytes }),
  z.object({ kind: z.literal("done"), id: Id, url: z.string(), path: z.string(), bytes: Bytes }),
  /** Failed or cancelled: in no list any more. */
  z.object({ kind: z.literal("gone"), id: Id }),
]);
export type Fact = z.infer<typeof Fact>;

/** A complete file that is about to get, or just got, its final path. */
export type Placement = { file: string; path: string; bytes: number };

/** A URL that somebody sent; `total` is what its server said before, null where it said nothing. */
export type Wanted = { readonly url: string; readonly total: number | null };

/** A URL that waits or loads. */
export type Order = Wanted & {
  readonly id: string;
  readonly paused: boolean;
  readonly placing: Placement | null;
};

/** A file that is here; `path` is absolute. */
export type Done = { readonly id: string; readonly url: string; readonly path: string; readonly bytes: number };

/** A file at work; `total` is null while unknown. */
export type Loading = { id: string; url: string; bytes: number; total: number | null; connections: number };

/** `open` by id in the order sent, `done` by URL in the order of completion. */
export type Lists = { open: Map<string, Order>; done: Map<string, Done> };

export function emptyLists(): Lists {
  return { open: new Map(), done: new Map() };
}

/** Takes one fact into the lists and gives them back. Facts about what is not there change nothing. */
export function withFact(lists: Lists, fact: Fact): Lists {
  if (fact.kind === "sent") {
    for (const { id, url, total } of fact.orders) lists.open.set(id, { id, url, total, paused: false, placing: null });
    return lists;
  }
  if (fact.kind === "done") return withDone(lists, fact);
  const order = lists.open.get(fact.id);
  if (order === undefined) return lists;
  if (fact.kind === "gone") lists.open.delete(fact.id);
  else if (fact.kind === "paused") lists.open.set(fact.id, { ...order, paused: fact.paused });
  else lists.open.set(fact.id, { ...order, placing: placementOf(fact) });
  return lists;
}

const placementOf = ({ file, path, bytes }: Placement): Placement => ({ file, path, bytes });

/** A file that was deleted and fetched again stands once in the list, at its new place. */
function withDone(lists: Lists, { id, url, path, bytes }: Done): Lists {
  lists.open.delete(id);
  lists.done.delete(url);
  lists.done.set(url, { id, url, path, bytes });
  return lists;
}

/** The fewest facts that make these lists. */
export function factsOf({ open, done }: Lists): Fact[] {
  const orders = [...open.values()];
  return [
    ...[...done.values()].map((each): Fact => ({ kind: "done", ...each })),
    ...(orders.length === 0 ? [] : [sentFact(orders)]),
    ...orders.filter(({ paused }) => paused).map(({ id }): Fact => ({ kind: "paused", id, paused: true })),
    ...orders.flatMap(({ id, placing }): Fact[] => (placing === null ? [] : [{ kind: "placing", id, ...placing }])),
  ];
}

function sentFact(orders: readonly Order[]): Fact {
  return { kind: "sent", orders: orders.map(({ id, url, total }) => ({ id, url, total })) };
}
