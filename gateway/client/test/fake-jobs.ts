import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { listen } from "../../test/listen.ts";
import type { Job } from "../src/mod.ts";

export const JOB = "job_00000000000000000001";

/** A job as a gateway shows it. */
export function aJob(changes: Partial<Job> = {}): Job {
  return {
    ...{ id: JOB, state: "queued", stage: null, bytes: 0, total: null, place: 1, mod: "42", version: "7" },
    ...{ requestedAt: "2026-11-20T15:30:00.000Z", startedAt: null, finishedAt: null },
    ...changes,
  };
}

export type Answer = (response: ServerResponse) => void;

/** A gateway on loopback that knows one job: each path answers in turn, the last answer again and again. */
export async function fakeJobs(answers: { events: Answer[]; job: Answer[] }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path.endsWith("/events") ? "events" : "job");
    const queue = path.endsWith("/events") ? answers.events : answers.job;
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    if (answer === undefined) response.destroy();
    else answer(response);
  });
  const { url, close } = await listen(server);
  onTestFinished(close);
  return { url, asked };
}

/** A stream of these jobs that then ends, breaks or stays open. */
export function stream(jobs: readonly Job[], then: "end" | "break" | "stay" = "end"): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const text = jobs.map((job) => `: hello\n\nevent: job\ndata: ${JSON.stringify(job)}\n\n`).join("");
    response.write(text || ": hello\n\n", () => {
      if (then === "end") response.end();
      if (then === "break") response.destroy();
    });
  };
}

export function json(value: object, { status = 200, type = "application/json" } = {}): Answer {
  return (response) => void response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
}

/** A refusal as the gateway words it. */
export function problem(status: number, code: string): Answer {
  const view = { type: `urn:modfleet:problem:${code}`, title: code, status, code, detail: code, errors: [] };
  return json(view, { status, type: "application/problem+json" });
}
