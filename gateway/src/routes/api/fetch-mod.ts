import { createRoute } from "@hono/zod-openapi";
import { requestMod } from "../../actions/request-mod.ts";
import { AppError } from "../../domain/errors.ts";
import type { Job } from "../../domain/job.ts";
import { type Api, NoQuery, only } from "../api.ts";
import type { AppContext } from "../app-env.ts";
import { ModId } from "../fields.ts";
import { problem, problems } from "../problem.ts";
import { requesterOf } from "../requester.ts";
import { failureOf, JobView, toJobView } from "./job-view.ts";
import { ModView, toModView } from "./mod-view.ts";

/** How soon a poller should look at a job again. */
export const POLL_SECONDS = 5;

const route = createRoute({
  method: "post",
  path: "/api/mods/{id}/fetch",
  operationId: "fetchMod",
  tags: ["jobs"],
  summary: "Ask for a mod",
  description:
    "202 when it has to be fetched: `Location` is the job, which a second request joins. 200 with the mod when its archive is here and up to date: `current.archive.url` is the zip.",
  request: { params: only({ id: ModId }), query: NoQuery },
  responses: {
    200: { description: "It is here", content: { "application/json": { schema: ModView } } },
    202: { description: "It is on its way", content: { "application/json": { schema: JobView } } },
    409: { description: "`conflict`: it failed for good a while ago. A problem with `job` and `failure`" },
    ...problems("bad_request", "not_found", "unprocessable", "steam_unavailable", "not_ready"),
  },
});

type FetchDeps = Parameters<typeof requestMod>[0];

/**
 * Asking for a mod. 200 rather than 303 when it is here: a client that follows redirects would download the archive when it
 * only wanted to know.
 */
export function fetchMod(api: Api, deps: FetchDeps): void {
  api.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const answer = await requestMod(deps, { id, requester: requesterOf(c) });
    switch (answer.kind) {
      case "ready":
        return c.json(toModView(answer.mod), 200, { "content-location": `/api/mods/${id}` });
      case "queued": {
        const view = toJobView(answer.job, await deps.jobs.place(answer.job.id));
        const headers = { location: `/api/jobs/${answer.job.id}`, "retry-after": String(POLL_SECONDS) };
        return c.json(view, 202, headers);
      }
      case "not_found":
        throw new AppError("not_found", `Steam has no item ${id}`);
      case "is_collection":
        throw new AppError("unprocessable", `${id} is a collection: ask for its items one by one`);
      case "not_ready":
        throw new AppError("not_ready", "No agent is connected that could fetch it", seconds(answer.retryAfterMs));
      case "steam_unavailable":
        throw new AppError("steam_unavailable", "Steam cannot be reached", seconds(answer.retryAfterMs));
      case "failed":
        return remembered(c, answer.job, deps.now());
    }
  });
}

/** The failure stands until `retryAt`: asking again before then would only fail again. */
function remembered(c: AppContext, job: Job, now: number): Response {
  const { failure } = failureOf(job);
  const retryAt = job.state === "failed" ? job.retryAt : null;
  const wait = retryAt === null ? {} : { "retry-after": String(Math.max(1, Math.ceil((retryAt - now) / 1_000))) };
  return problem(c, {
    code: "conflict",
    status: 409,
    detail: failure === undefined ? "It failed" : `${failure.message}. ${failure.advice}`,
    headers: { ...wait, link: `</api/jobs/${job.id}>; rel="describedby"` },
    extra: { job: job.id, failure },
  });
}

/** Whole seconds for Retry-After, at least one. */
export function seconds(ms: number): { retryAfterSeconds: number } {
  return { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1_000)) };
}
