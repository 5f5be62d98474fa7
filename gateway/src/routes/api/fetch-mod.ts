import { createRoute } from "@hono/zod-openapi";
import { requestMod } from "../../actions/request-mod.ts";
import type { RequestDeps } from "../../actions/requested.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { ModId } from "../fields.ts";
import { problems } from "../problem.ts";
import { requesterOf } from "../requester.ts";
import { givenOrRefuse, REQUESTED_ANSWERS, REQUESTED_PROBLEMS, remembered } from "./requested-answer.ts";

const route = createRoute({
  method: "post",
  path: "/api/mods/{id}/fetch",
  operationId: "fetchMod",
  tags: ["scripts"],
  summary: "Ask for a mod",
  description:
    "202 when it has to be fetched: `Location` is the job, which a second request joins. 200 with the mod when its archive is here and up to date: `current.archive.url` is the zip. A mod from elsewhere is fetched again from its source.",
  request: { params: only({ id: ModId }), query: NoQuery },
  responses: {
    ...REQUESTED_ANSWERS,
    ...problems(...REQUESTED_PROBLEMS),
  },
});

/** Asking for a mod by its id. */
export function fetchMod(api: Api, deps: RequestDeps): void {
  api.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const answer = await requestMod(deps, { id, requester: requesterOf(c) });
    const given = await givenOrRefuse(deps, { answer, item: id });
    if (given.status === 200) return c.json(given.view, 200, given.headers);
    if (given.status === 202) return c.json(given.view, 202, given.headers);
    return remembered(c, given.job, deps.now());
  });
}
