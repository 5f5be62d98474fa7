import { createRoute, z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import { ORIGINS } from "../../domain/catalogue.ts";
import { AppError } from "../../domain/errors.ts";
import { type Cursor, decodeCursor, encodeCursor } from "../../domain/page.ts";
import { MOD_SORT_KEYS, type ModFilter } from "../../store/mods-list.ts";
import { type Api, only } from "../api.ts";
import { createBodyCache } from "../body-cache.ts";
import { cachedText } from "../cached-json.ts";
import { CursorText, Flag, Limit, whole } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { FACETS_EXAMPLE, MOD_EXAMPLE } from "./examples.ts";
import { ModView, toModView } from "./mod-view.ts";

const LIMIT_DEFAULT = 20;
/** Only a change of the catalogue makes a body old. */
const CACHE = { charactersMax: 8 * 1024 * 1024 };
const SORTS = MOD_SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);

const Tag = z.string().min(1).max(100);
/** `tag=a&tag=b` arrives as a list, `tag=a` as a text. */
const Tags = z
  .union([Tag.transform((tag) => [tag]), z.array(Tag).max(20)])
  .optional()
  .openapi({ type: "array", items: { type: "string", maxLength: 100 }, maxItems: 20 });

const Query = only({
  q: z.string().min(1).max(200).optional().openapi({ description: "Part of the name", example: "harmony" }),
  game: whole(1, 4_294_967_295).optional().openapi({ description: "Steam's id of the game", example: 294100 }),
  tag: Tags.openapi({ description: "Has all of these tags; repeat the parameter", example: ["1.6"] }),
  exclude_tag: Tags.openapi({ description: "Has none of these tags; repeat the parameter", example: ["Outdated"] }),
  source: z.enum(ORIGINS).optional().openapi({ description: "Where it comes from" }),
  dependencies: z.enum(["true", "false"]).optional().openapi({
    description: "`true`: only mods that need others; `false`: only mods that need none, as far as is known",
  }),
  updated_since: z.iso
    .datetime({ offset: true })
    .optional()
    .openapi({ description: "Changed at its source since then", example: "2026-11-20T15:30:00Z" }),
  sort: z.enum(SORTS).default("-downloads").openapi({ description: "`-`: the largest or newest first" }),
  limit: Limit,
  cursor: CursorText,
  facets: Flag.openapi({ description: "1: also count the games and tags of everything that is found" }),
});
type Query = z.infer<typeof Query>;

const FacetsView = z
  .object({
    games: z.array(z.object({ id: z.string(), name: z.string(), mods: z.int() })),
    tags: z.array(z.object({ name: z.string(), mods: z.int() })),
    complete: z.boolean().openapi({ description: "False: counted over the first part of a long list" }),
  })
  .openapi("Facets", { example: FACETS_EXAMPLE });

const ModList = z
  .object({
    items: z.array(ModView),
    next: z.string().nullable().openapi({ description: "The cursor of the next page; null on the last one" }),
    facets: FacetsView.optional(),
  })
  .openapi("ModList", { example: { items: [MOD_EXAMPLE], next: null, facets: FACETS_EXAMPLE } });
type ModList = z.infer<typeof ModList>;

type ListDeps = Pick<Deps, "catalogue" | "counters" | "shelf">;

const route = createRoute({
  method: "get",
  path: "/api/mods",
  operationId: "listMods",
  tags: ["scripts"],
  summary: "Search the library",
  description: "All filters hold at once. `next` of a page is the `cursor` of the page after it, in the same order.",
  request: { query: Query },
  responses: {
    ...readable("A page of mods", ModList),
    ...problems("bad_request"),
  },
});

/** `GET /api/mods`. Equal questions share a body until anything in the catalogue changes, whoever changes it. */
export function listMods(api: Api, { catalogue, counters, shelf }: ListDeps): void {
  const bodies = createBodyCache(CACHE);

  api.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const after = toCursor(query.cursor, query.sort);
    const key = JSON.stringify(query);
    await counters.settled();
    const text = await bodies.get(key, await shelf.revision(), async () =>
      JSON.stringify(await toList({ catalogue }, query, after)),
    );
    return cachedText(c, { text, type: "application/json", maxAgeSeconds: 0 });
  });
}

async function toList({ catalogue }: Pick<Deps, "catalogue">, query: Query, after: Cursor | null): Promise<ModList> {
  const filter = toFilter(query);
  const [page, facets] = await Promise.all([
    catalogue.listMods({ ...filter, sort: query.sort, limit: query.limit ?? LIMIT_DEFAULT, after }),
    query.facets === "1" ? catalogue.modFacets(filter) : null,
  ]);
  return {
    items: page.items.map(toModView),
    next: page.next === null ? null : encodeCursor(page.next),
    ...(facets === null ? {} : { facets: toFacetsView(facets) }),
  };
}

/** The cursor out of a query. Refuses one that is junk or belongs to another order. */
export function toCursor(text: string | undefined, sort: string): Cursor | null {
  if (text === undefined) return null;
  const cursor = decodeCursor(text, sort);
  if (cursor !== null) return cursor;
  const rule = "Must be `next` of a page of this list in the same order";
  throw new AppError("bad_request", `cursor: ${rule}`, { fields: [{ field: "cursor", rule }] });
}

function toFilter({ q, game, tag, exclude_tag, source, dependencies, updated_since }: Query): ModFilter {
  return {
    ...(q === undefined ? {} : { q }),
    ...(game === undefined ? {} : { game }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(exclude_tag === undefined ? {} : { excludeTags: exclude_tag }),
    ...(source === undefined ? {} : { source }),
    ...(dependencies === undefined ? {} : { dependencies: dependencies === "true" }),
    ...(updated_since === undefined ? {} : { updatedSince: Date.parse(updated_since) }),
  };
}

function toFacetsView({ games, tags, complete }: Awaited<ReturnType<Deps["catalogue"]["modFacets"]>>) {
  return { games: games.map((game) => ({ ...game, id: String(game.id) })), tags: [...tags], complete };
}
