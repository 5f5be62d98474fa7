import { createRoute } from "@hono/zod-openapi";
import { requestMod } from "../../actions/request-mod.ts";
import { AppError } from "../../domain/errors.ts";
import type { Job } from "../../domain/job.ts";
import { type Api, NoQuery, only } from "../api.ts";
import type { AppContext } from "../app-env.ts";
import { JobId, ModId } from "../fields.ts";
import { ProblemView, problem, problemContent, problemExample, problems } from "../problem.ts";
import { requesterOf } from "../requester.ts";
import { HEADERS, json } from "../responses.ts";
import { FAILURE_EXAMPLE, JOB_EXAMPLE } from "./examples.ts";
import { FailureView, failureOf, JobView, toJobView } from "./job-view.ts";
import { ModView, toModView } from "./mod-view.ts";

/** How soon a poller should look at a job again. */
export const POLL_SECONDS = 5;

const FailedBefore = ProblemView.extend({
  job: JobId.openapi({ description: "The job that failed" }),
  failure: FailureView.optional(),
}).openapi("FailedBefore", {
  example: {
    ...problemExample("conflict"),
    job: JOB_EXAMPLE.id,
    failure: FAILURE_EXAMPLE,
  },
});

const route = createRoute({
  method: "post",
  path: "/api/mods/{id}/fetch",
  operationId: "fetchMod",
  tags: ["scripts"],
  summary: "Ask for a mod",
  description:
    "202 when it has to be fetched: `Location` is the job, which a second request joins. 200 with the mod when its archive is here and up to date: `current.archive.url` is the zip.",
  request: { params: only({ id: ModId }), query: NoQuery },
  responses: {
    200: { description: "It is here", headers: HEADERS.contentLocation, content: json(ModView) },
    202: {
      description: "It is on its way",
      headers: { ...HEADERS.location, ...HEADERS.retryAfter },
      content: json(JobView),
    },
    409: {
      description: "`conflict`: it failed a while ago, and would again before `Retry-After`",
      headers: { ...HEADERS.maybeRetryAfter, ...HEADERS.link },
      content: problemContent(FailedBefore),
    },
    ...problems(
      "bad_request",
      "not_found",
      "body_too_large",
      "unprocessable",
      "steam_unavailable",
      "not_ready",
      "disk_full",
    ),
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
