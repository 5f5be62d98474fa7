import { createRoute, z } from "@hono/zod-openapi";
import type { JobId as JobIdText } from "@modfleet/protocol";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { addressOf } from "../app-env.ts";
import { JobId } from "../fields.ts";
import { problems } from "../problem.ts";
import { HEADERS } from "../responses.ts";
import { createWatchers } from "../watch-limit.ts";
import { JOB_EXAMPLE } from "./examples.ts";
import type { JobView } from "./job-view.ts";
import { readJob } from "./jobs.ts";

export type EventTiming = {
  /** A job is read this often even when no bell rang: another gateway may have changed it. A comment goes with it. */
  lookEveryMs: number;
};

const TIMING: EventTiming = { lookEveryMs: 5_000 };
const WATCH_LIMIT = { perClient: 16, total: 2_000 };
/** The id of the last event. Whoever comes back with it is told that there is nothing more. */
const LAST_ID = "over";

const LastEvent = z.object({
  "last-event-id": z.string().optional().openapi({ description: "`over`: nothing more will come", example: "over" }),
});

const route = createRoute({
  method: "get",
  path: "/api/jobs/{id}/events",
  operationId: "watchJob",
  tags: ["scripts"],
  summary: "Watch one job",
  description:
    "Server-sent events named `job` with a Job as data: one at once, then one on every change, and a comment every few seconds. The stream ends after a final state.",
  request: { params: only({ id: JobId }), query: NoQuery, headers: LastEvent },
  responses: {
    200: {
      description: "The stream",
      headers: HEADERS.streamed,
      content: {
        "text/event-stream": {
          schema: z.string(),
          example: `event: job\ndata: ${JSON.stringify(JOB_EXAMPLE)}\nid: \n\n`,
        },
      },
    },
    204: { description: "The job is over and you know it" },
    ...problems("bad_request", "not_found", "too_many_requests"),
  },
});

/** The stream of one job. Rows are the truth: a bell or the clock only says when to read again. */
export function jobEvents(api: Api, deps: Pick<Deps, "jobs" | "bells">, timing = TIMING): void {
  const watchers = createWatchers(WATCH_LIMIT);

  api.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    if (c.req.header("last-event-id") === LAST_ID) return c.body(null, 204);
    const snapshot = await readJob(deps, id);
    // Nobody would ever read the stream of a HEAD.
    if (c.req.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    const leave = watchers.enter(addressOf(c));
    if (leave === null) throw new AppError("too_many_requests", "Too many streams are open", { retryAfterSeconds: 10 });
    const answer = streamSSE(c, (stream) => watch(deps, { id, snapshot, stream, timing }).finally(leave));
    // Says to nginx that events must not wait for each other.
    answer.headers.set("x-accel-buffering", "no");
    return answer;
  });
}

type Watch = { id: JobIdText; snapshot: JobView; stream: SSEStreamingApi; timing: EventTiming };

async function watch(deps: Pick<Deps, "jobs" | "bells">, { id, snapshot, stream, timing }: Watch): Promise<void> {
  const bell = createDoorbell();
  const stopListening = deps.bells.job.listen((changed) => {
    if (changed === id) bell.ring();
  });
  stream.onAbort(bell.ring);
  try {
    // The first look may be older than the bell: what happened between them is seen by reading again at once.
    bell.ring();
    let view: JobView | null = snapshot;
    let sent = "";
    while (view !== null && !stream.aborted) {
      const data = JSON.stringify(view);
      if (data !== sent) await stream.writeSSE({ event: "job", data, id: view.finishedAt === null ? "" : LAST_ID });
      sent = data;
      if (view.finishedAt !== null) return;
      const isQuiet = !(await bell.wait(timing.lookEveryMs));
      if (isQuiet) await stream.write(": still here\n\n");
      view = stream.aborted ? null : await readJob(deps, id);
    }
  } finally {
    stopListening();
  }
}

type Doorbell = {
  ring(): void;
  /** False when it did not ring within `ms`. */
  wait(ms: number): Promise<boolean>;
};

/** One waiter; rings while nobody waits are one ring. */
function createDoorbell(): Doorbell {
  let rung = Promise.withResolvers<boolean>();
  return {
    ring: () => rung.resolve(true),
    async wait(ms) {
      const timer = setTimeout(() => rung.resolve(false), ms);
      const isRung = await rung.promise;
      clearTimeout(timer);
      rung = Promise.withResolvers();
      return isRung;
    },
  };
}
