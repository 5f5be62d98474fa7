import { createRoute } from "@hono/zod-openapi";
import { requestSource } from "../../actions/request-source.ts";
import { type Api, NoQuery } from "../api.ts";
import { problems } from "../problem.ts";
import { requesterOf } from "../requester.ts";
import { givenOrRefuse, REQUESTED_ANSWERS, REQUESTED_PROBLEMS, remembered } from "./requested-answer.ts";
import { SOURCE_EXAMPLES, SourceBody } from "./source-body.ts";

const route = createRoute({
  method: "post",
  path: "/api/jobs",
  operationId: "createJob",
  tags: ["scripts"],
  summary: "Ask for anything: a file, a torrent, a Workshop item",
  description:
    "As asking for a mod. Everything has one mod: its id is the answer's, and it can be asked for again by it; lists show it from its first version on. What names its own content (a magnet link, a file with `sha256`) is answered with 200 for ever once it is here, other addresses are asked again after a quarter of an hour. Addresses with a login or in private networks are refused.",
  request: {
    query: NoQuery,
    body: { required: true, content: { "application/json": { schema: SourceBody, examples: SOURCE_EXAMPLES } } },
  },
  responses: {
    ...REQUESTED_ANSWERS,
    ...problems(...REQUESTED_PROBLEMS, "unsupported_media_type", "too_many_requests"),
  },
});

/** Asking for whatever an agent can fetch. */
export function createJob(api: Api, deps: Parameters<typeof requestSource>[0]): void {
  api.openapi(route, async (c) => {
    const { source } = c.req.valid("json");
    const answer = await requestSource(deps, { source, requester: requesterOf(c) });
    const given = await givenOrRefuse(deps, { answer, item: source.kind === "workshop" ? source.item : "like this" });
    if (given.status === 200) return c.json(given.view, 200, given.headers);
    if (given.status === 202) return c.json(given.view, 202, given.headers);
    return remembered(c, given.job, deps.now());
  });
}
