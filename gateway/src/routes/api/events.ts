import { createRoute, z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import { EVENT_TYPES } from "../../domain/catalogue.ts";
import { type Api, only } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { ModId, Time, toTime, whole } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { EVENT_EXAMPLE } from "./examples.ts";

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;

const EventView = z.object({
  id: z.string(),
  at: Time,
  type: z.enum(EVENT_TYPES),
  mod: ModId,
  version: z.string().nullable(),
});

const EventList = z
  .object({
    items: z.array(EventView),
    after: z.string().openapi({ description: "Ask with it for what comes next, also when this page is empty" }),
  })
  .openapi("EventList", { example: { items: [EVENT_EXAMPLE], after: EVENT_EXAMPLE.id } });
type EventList = z.infer<typeof EventList>;

const route = createRoute({
  method: "get",
  path: "/api/events",
  operationId: "listEvents",
  tags: ["scripts"],
  summary: "Follow what happens in the library",
  description:
    "What happened after an event, in order. Ids only grow and events never change: keep `after` and ask again.",
  request: {
    query: only({
      after: whole(0, Number.MAX_SAFE_INTEGER).optional().openapi({ description: "`after` of the page before" }),
      limit: whole(1, LIMIT_MAX).optional().openapi({ description: "Most items of a page" }),
    }),
  },
  responses: {
    ...readable("Up to `limit` events", EventList),
    ...problems("bad_request"),
  },
});

/** `GET /api/events`: the whole history in pages, for mirrors that follow along. */
export function events(api: Api, { catalogue }: Pick<Deps, "catalogue">): void {
  api.openapi(route, async (c) => {
    const { after = 0, limit = LIMIT_DEFAULT } = c.req.valid("query");
    const found = await catalogue.events(after, limit);
    const view: EventList = {
      items: found.map(({ id, at, ...rest }) => ({ id: String(id), at: toTime(at), ...rest })),
      after: String(found.at(-1)?.id ?? after),
    };
    return cachedJson(c, view, { maxAgeSeconds: 0 });
  });
}
