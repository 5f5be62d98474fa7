import { rm } from "node:fs/promises";
import { formatBytes } from "../progress-bytes.ts";
import { describeFile } from "./describe-file.ts";
import { download } from "./download.ts";
import { getTorrentIn, type Torrents } from "./get-torrent.ts";
import { inWorkplace } from "./in-workplace.ts";
import type { JobOf, Work } from "./job.ts";
import { askedPlace, choosePlace, publishDraft } from "./place.ts";
import { type Failed, printable, type Result } from "./result.ts";

/**
 * Fetches the file at an address as it is, or what the torrent there holds unless the file itself is wanted. Its parts wait beside it,
 * hidden, until it is there.
 */
export async function getFile(job: JobOf<"http">, work: Work, torrents: Torrents): Promise<Result> {
  return await inWorkplace(job, work, async (workplace, mark) => {
    const { context, wishes, row } = work;
    const found = await describeFile(job.url, work);
    if (!("ok" in found)) return found;
    if (found.isTorrent && !wishes.asFile) {
      if ((await askedPlace(context.cwd, wishes.output)).name !== null) return inFolderOnly(wishes.output ?? "");
      const torrent = { infoHash: null, from: { kind: "url", url: job.url } } as const;
      const result = await getTorrentIn(workplace, { ...job, kind: "torrent", torrent }, { work, torrents });
      return result.exit === 0 ? { ...result, facts: { ...result.facts, kind: "torrent" } } : result;
    }
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

const inFolderOnly = (output: string): Failed => ({
  exit: 2,
  problem: `Cannot write a torrent to ${output}: with torrents, -o names a folder. Put a slash behind it, or use --as-file for the .torrent file itself`,
});
