import { mkdir, readFile, statfs } from "node:fs/promises";
import type { FetchRequest } from "../engine.ts";
import type { SteamcmdLimits } from "../options.ts";
import { type AcfState, readAcf } from "./acf.ts";
import { downloadArguments } from "./commands.ts";
import { type Content, locateContent } from "./content.ts";
import type { ItemVerdict } from "./item-lines.ts";
import { createLogReader } from "./log-files.ts";
import { measureDownload, watchDownload } from "./progress.ts";
import type { RunSign } from "./run-signs.ts";
import { runSteamcmd } from "./run-steamcmd.ts";
import type { Stop, ToolOutcome } from "./run-tool.ts";
import type { Slot } from "./slots.ts";
import { type LogVerdict, readWorkshopLog } from "./workshop-log.ts";
import { acfPath } from "./workshop-paths.ts";

/** Everything one run of SteamCMD left behind, gathered before anything is judged. */
export type Attempt = {
  outcome: ToolOutcome;
  /** The item's own line, or null: then the run decided nothing about it. */
  item: ItemVerdict | null;
  sign: RunSign;
  log: LogVerdict;
  acf: AcfState;
  /** Looked for only behind a success line. */
  content: Content | null;
  /** Whether an earlier run had left its state in the folder. */
  hadState: boolean;
  grew: boolean;
  freeBytes: number;
  /** The end of the output, for logs. */
  tail: string;
  /** `steamcmd` and the build it printed. */
  tool: string;
};

export type AttemptOptions = {
  slot: Slot;
  installDir: string;
  app: number;
  item: string;
  user: string;
  environment: Record<string, string>;
  limits: SteamcmdLimits;
  now: () => number;
  request: Pick<FetchRequest, "maxBytes" | "expectedBytes" | "onProgress" | "signal">;
};

/** Runs SteamCMD once for one item, watching its folder, and gathers what it left. */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { slot, installDir, app, item } = options;
  await mkdir(installDir, { recursive: true });
  const before = await measureDownload(installDir);
  const hadState = (await acfText(options)) !== "";
  const log = await createLogReader(slot);

  const run = await runWatched(options);
  const verdict = run.items.get(item) ?? null;
  const printed = verdict?.kind === "success" ? verdict.path : null;
  const after = await measureDownload(installDir);
  return {
    outcome: run.outcome,
    item: verdict,
    sign: run.sign,
    log: readWorkshopLog(await log.readNew(), [item], app),
    acf: readAcf(await acfText(options), item),
    content:
      printed === null
        ? null
        : await locateContent({ installDir, app, item, printed, slotFolders: [slot.home, `${slot.folder}/tool`] }),
    hadState,
    grew: after.bytes > before.bytes,
    freeBytes: await freeBytes(installDir),
    tail: run.tail,
    tool: run.version === null ? "steamcmd" : `steamcmd ${run.version}`,
  };
}

async function runWatched({ slot, installDir, app, item, user, ...options }: AttemptOptions) {
  const { environment, limits, now, request } = options;
  const stop = new AbortController();
  const over = new AbortController();
  const watching = watchDownload({
    installDir,
    request,
    limits,
    now,
    stop: (why: Stop) => stop.abort(why),
    signal: over.signal,
  });
  try {
    return await runSteamcmd({
      slot,
      args: downloadArguments({ installDir, user, app, item }),
      asked: [item],
      environment,
      limits,
      signal: AbortSignal.any([request.signal, stop.signal]),
    });
  } finally {
    over.abort();
    await watching;
  }
}

const acfText = ({ installDir, app }: AttemptOptions): Promise<string> =>
  readFile(acfPath(installDir, app), "utf8").catch(() => "");

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
