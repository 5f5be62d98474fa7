import { rm } from "node:fs/promises";
import { formatBytes } from "../progress-bytes.ts";
import { describeFile, download } from "./download.ts";
import { inWorkplace } from "./in-workplace.ts";
import type { JobOf, Work } from "./job.ts";
import { choosePlace, publishDraft } from "./place.ts";
import { printable, type Result } from "./result.ts";

/** Fetches the file at an address as it is. Its parts wait beside it, hidden, until it is there. */
export async function getFile(job: JobOf<"http">, work: Work): Promise<Result> {
  return await inWorkplace(job, work, async (workplace, mark) => {
    const { context, wishes, row } = work;
    const found = await describeFile(job.url, context);
    if (!("ok" in found)) return found;
    const { name } = found.file;
    const place = await choosePlace({ name, mark }, { cwd: context.cwd, ...wishes });
    if (!place.ok) return { exit: 2, problem: place.problem };
    row.stage(`Downloading ${printable(name)}`);
    await rm(workplace.at("done"), { recursive: true, force: true });
    const outcome = await download({ url: job.url, workplace, maxBytes: Number.MAX_SAFE_INTEGER }, work);
    if ("exit" in outcome) return outcome;
    const problem = await publishDraft({ path: place.path, draft: outcome.path }, wishes.force);
    if (problem !== null) return { exit: 1, problem };
    const { bytes } = outcome;
    const facts = { url: job.url, file: place.path, bytes };
    return { exit: 0, file: place.path, summary: formatBytes(bytes), facts };
  });
}
