import { createRoute } from "@hono/zod-openapi";
import type { JobId as JobIdText } from "@modfleet/protocol";
import { cancelJob } from "../../actions/cancel-job.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { JobId } from "../fields.ts";
import { problems } from "../problem.ts";
import { requesterOf } from "../requester.ts";
import { json, readable } from "../responses.ts";
import { JobView, toJobView } from "./job-view.ts";

const readRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}",
  operationId: "getJob",
  tags: ["scripts"],
  summary: "Read one job",
  request: { params: only({ id: JobId }), query: NoQuery },
  responses: {
    ...readable("The job as it is now", JobView),
    ...problems("bad_request", "not_found"),
  },
});

const cancelRoute = createRoute({
  method: "delete",
  path: "/api/jobs/{id}",
  operationId: "cancelJob",
  tags: ["scripts"],
  summary: "No longer want a job",
  description:
    "The job ends when nobody else waits for it and it is not nearly done; the answer says what became of it.",
  request: { params: only({ id: JobId }), query: NoQuery },
  responses: {
    200: { description: "What became of the job", content: json(JobView) },
    ...problems("bad_request", "forbidden", "not_found", "body_too_large", "disk_full"),
  },
});

/** One job: reading it, and no longer wanting it. */
export function jobs(api: Api, deps: Parameters<typeof cancelJob>[0]): void {
  api.openapi(readRoute, async (c) => {
    return cachedJson(c, await readJob(deps, c.req.valid("param").id), { maxAgeSeconds: 0 });
  });

  api.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid("param");
    const job = await cancelJob(deps, { job: id, requester: requesterOf(c) });
    return c.json(toJobView(job, await deps.jobs.place(id)), 200);
  });
}

/** The job as people see it, or a `not_found`. */
export async function readJob({ jobs: store }: Pick<Deps, "jobs">, id: JobIdText): Promise<JobView> {
  const job = await store.find(id);
  if (job === null) throw new AppError("not_found", `No job ${id}`);
  return toJobView(job, job.state === "queued" ? await store.place(id) : null);
}
