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
    if (stage !== null && stage !== told) progress.stage(stage);
    told = stage ?? told;
    if (job.state === "leased") progress.update(job);
  };
}

/** Null once it is over: how it ended is told elsewhere. */
function stageOf({ state, stage, place, failure }: Job): string | null {
  if (state === "queued") {
    const again = failure === undefined ? "" : `; ${failure.message}, it will be tried again`;
    return `${place === null ? "In the queue" : `In the queue, place ${place}`}${again}`;
  }
  if (state === "leased" && stage !== null) return STAGES[stage];
  return state === "verifying" ? "The library checks it" : null;
}
