import type { Job } from "@modfleet/client";
import type { Progress } from "../../progress.ts";

const STAGES = {
  offered: "Handed to an agent",
  downloading: "An agent downloads it",
  packing: "An agent packs it",
  uploading: "An agent sends it",
} as const satisfies Record<NonNullable<Job["stage"]>, string>;

/** Tells a library's job to a person: its place while it waits, then its stage and bytes. */
export function createJobProgress(progress: Progress): (job: Job) => void {
  let told = "";
  return (job) => {
    const stage = stageOf(job);
    if (stage !== told) progress.stage(stage);
    told = stage;
    if (job.state === "leased") progress.update(job);
  };
}

function stageOf({ state, stage, place, failure }: Job): string {
  if (state === "queued") {
    const again = failure === undefined ? "" : `; ${failure.message}, it will be tried again`;
    return `${place === null ? "In the queue" : `In the queue, place ${place}`}${again}`;
  }
  return state === "leased" && stage !== null ? STAGES[stage] : "The library checks it";
}
