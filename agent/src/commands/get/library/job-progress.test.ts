import type { Job } from "@modfleet/client";
import { expect, test } from "vitest";
import { createJobProgress } from "./job-progress.ts";

const TIME = "2026-11-20T15:30:00.000Z";
const JOB: Job = {
  ...{ id: "job_1", state: "queued", stage: null, bytes: 0, total: null, place: 1 },
  ...{ mod: "42", version: "7", requestedAt: TIME, startedAt: null, finishedAt: null },
};

test("createJobProgress() tells each stage once, and none that a failed job never had", () => {
  const stages: string[] = [];
  const tell = createJobProgress({ stage: (name) => stages.push(name), update: () => {}, stop: () => {} });

  for (const state of ["queued", "queued", "failed"] as const) tell({ ...JOB, state });
  expect(stages).toEqual(["In the queue, place 1"]);

  for (const state of ["verifying", "done"] as const) tell({ ...JOB, state });
  expect(stages.slice(1)).toEqual(["The library checks it"]);
});
