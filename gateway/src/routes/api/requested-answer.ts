import type { Requested } from "../../actions/requested.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import type { Job } from "../../domain/job.ts";
import type { AppContext } from "../app-env.ts";
import { JobId } from "../fields.ts";
import { ProblemView, problem, problemContent, problemExample } from "../problem.ts";
import { HEADERS, json } from "../responses.ts";
import { FAILURE_EXAMPLE, JOB_EXAMPLE } from "./examples.ts";
import { FailureView, failureOf, JobView, toJobView } from "./job-view.ts";
import { ModView, toModView } from "./mod-view.ts";

/** How soon a poller should look at a job again. */
const POLL_SECONDS = 5;

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

/** The answers of every route that asks for something, for its contract; refusals come beside. */
export const REQUESTED_ANSWERS = {
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
};

/** What every such route refuses with. */
export const REQUESTED_PROBLEMS = [
  ...(["bad_request", "not_found", "body_too_large", "unprocessable"] as const),
  ...(["steam_unavailable", "not_ready", "disk_full"] as const),
] as const;

/** What is not refused; each route answers with it itself, so that its contract knows the types. */
export type Given =
  | { status: 200; view: ModView; headers: { "content-location": string } }
  | { status: 202; view: JobView; headers: { location: string; "retry-after": string } }
  | { status: 409; job: Job };

/**
 * What somebody is given who asked. 200 rather than 303 when it is here: a client that follows redirects would download the
 * archive when it only wanted to know. `item` is how a refusal calls it.
 */
export async function givenOrRefuse(
  { jobs }: Pick<Deps, "jobs">,
  { answer, item }: { answer: Requested; item: string },
): Promise<Given> {
  switch (answer.kind) {
    case "ready": {
      const headers = { "content-location": `/api/mods/${answer.mod.id}` };
      return { status: 200, view: toModView(answer.mod), headers };
    }
    case "queued": {
      const view = toJobView(answer.job, await jobs.place(answer.job.id));
      const headers = { location: `/api/jobs/${answer.job.id}`, "retry-after": String(POLL_SECONDS) };
      return { status: 202, view, headers };
    }
    case "failed":
      return { status: 409, job: answer.job };
    case "not_found":
      throw new AppError("not_found", `Steam has no item ${item}`);
    case "is_collection":
      throw new AppError("unprocessable", `${item} is a collection: ask for its items one by one`);
    case "not_ready":
      throw new AppError("not_ready", "No agent is connected that could fetch it", seconds(answer.retryAfterMs));
    case "steam_unavailable":
      throw new AppError("steam_unavailable", "Steam cannot be reached", seconds(answer.retryAfterMs));
  }
}

/** The failure stands until `retryAt`: asking again before then would only fail again. */
export function remembered(c: AppContext, job: Job, now: number): Response {
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
function seconds(ms: number): { retryAfterSeconds: number } {
  return { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1_000)) };
}
