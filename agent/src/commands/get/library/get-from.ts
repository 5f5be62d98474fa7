import { createClient, type Mod, type ModfleetClient, ModfleetError, type WaitOptions } from "@modfleet/client";
import type { ModId } from "@modfleet/protocol";
import { createProgressBoard } from "../../progress-board.ts";
import { shortTarget } from "../address.ts";
import { expandCollection } from "../collection.ts";
import type { GetContext } from "../get-context.ts";
import { inTurns } from "../lanes.ts";
import { lookUpCollection, steamOf } from "../look-up.ts";
import { type OutputFolder, outputFolder } from "../output-folder.ts";
import { type Asked, createReport, INTERRUPTED, type Report, type Result } from "../result.ts";
import { type AskedFor, checkUsage, tellWrong, type Wrong } from "../usage.ts";
import { failed, getMod, type ModWork } from "./get-mod.ts";
import { sourceOf } from "./source-of.ts";

export type GetFromOptions = {
  /** As they stood on the command line. */
  targets: readonly string[];
  /** Origin of the library. */
  from: string;
  output?: string | undefined;
  force: boolean;
  json: boolean;
  /** Takes the address of a `.torrent` file for that of any file. */
  asFile: boolean;
};

/** Archives on their way at once; a person's line is full with less. */
const AT_ONCE_MAX = 4;

/** One thing to ask the library for. */
type Wanted = {
  asked: Asked;
  /** In messages. */
  name: string;
  /** Null for what is no Workshop item. */
  id: ModId | null;
  ask: (how: WaitOptions) => Promise<Mod>;
};

/**
 * Asks a library for mods and writes them as zips, several at once; a collection is asked for item by item. The answer is the exit
 * code, the worst of all: 0 done, 1 failed, 2 wrong usage, 130 interrupted, and then the same command goes on where this one was.
 * Never throws for what a library may do.
 */
export async function getFromCommand(options: GetFromOptions, context: GetContext): Promise<number> {
  const { targets, output, json, asFile } = options;
  const origin = originOf(options.from);
  // What is in the way may be the archive itself, which only the library can tell.
  const usage = await checkUsage({ targets, output, force: true, asFile, isZipped: true }, context.cwd);
  const client = createClient({ baseUrl: origin.ok ? origin.url : "http://nowhere.invalid", fetch: context.fetch });
  const read = usage.ok ? usage.wanted.map((one) => toWanted(one, client)) : [];
  const wrong = [
    ...(origin.ok ? [] : [origin.wrong]),
    ...(usage.ok ? [] : usage.wrong),
    ...read.flatMap((one) => ("problem" in one ? [one] : [])),
  ];
  if (wrong.length > 0) return tellWrong(wrong, json, context);
  context.watchInterrupts();
  const report = createReport({ json, ...context });
  const wanted = read.flatMap((one) => ("problem" in one ? [] : [one]));
  const folder = outputFolder(context.cwd, output);
  const problem = usage.ok && usage.isFolder ? await folder.ensure() : null;
  if (problem !== null) return tellWrong([{ target: null, problem }], json, context);
  const exit = await getAll(wanted, { client, options, context, report, folder });
  await folder.tidy();
  report.end(exit);
  return exit;
}

function originOf(from: string): { ok: true; url: string } | { ok: false; wrong: Wrong } {
  const url = URL.parse(from);
  if (url !== null && ["http:", "https:"].includes(url.protocol))
    return { ok: true, url: url.href.replace(/\/+$/, "") };
  const problem = `Cannot read --from ${JSON.stringify(from)}: give an address like https://mods.example.org`;
  return { ok: false, wrong: { target: null, problem } };
}

function toWanted(wanted: AskedFor, client: ModfleetClient): Wanted | Wrong {
  const { kind, text: target } = wanted.target;
  if (wanted.target.kind === "workshop") return wantedItem(wanted.target.id, { kind, target }, client);
  const read = sourceOf(wanted);
  const shown = shortened(target);
  if (!read.ok) return { target, problem: `Cannot ask a library for ${shown}: ${read.problem}. Leave --from out` };
  const ask = (how: WaitOptions) => client.fetchSource(read.source, how);
  return { asked: { kind, target }, name: shown, id: null, ask };
}

function wantedItem(id: ModId, asked: Asked, client: ModfleetClient): Wanted {
  return { asked: { ...asked, id }, name: id, id, ask: (how) => client.fetch(id, how) };
}

const SHOWN_LENGTH_MAX = 60;

/** Addresses and magnet links can be long. */
const shortened = (target: string): string =>
  target.length > SHOWN_LENGTH_MAX ? `${target.slice(0, SHOWN_LENGTH_MAX)}…` : target;

type All = {
  client: ModfleetClient;
  options: GetFromOptions;
  context: GetContext;
  report: Report;
  folder: OutputFolder;
};

async function getAll(wanted: readonly Wanted[], { client, options, context, report, folder }: All): Promise<number> {
  const board = createProgressBoard({ output: context.stderr, now: context.now });
  const known = new Set(wanted.map(({ id }) => id));
  const exits: number[] = [];
  const tell = (asked: Asked, result: Result): void => {
    const told = context.signal.aborted && result.exit !== 0 ? INTERRUPTED : result;
    report.tell(asked, told);
    exits.push(told.exit);
  };
  for (let wave = [...wanted]; wave.length > 0; ) {
    const next: Wanted[] = [];
    await inTurns(wave, AT_ONCE_MAX, async ({ id, name, asked, ask }) => {
      const row = board.row(id ?? shortTarget(asked.target));
      const result = await getOne(id, { what: name, ask, client, row, options, context });
      row.stage(result.kind === "result" && result.result.exit === 0 ? "Done" : "Not done");
      row.stop();
      if (result.kind === "result") return tell(asked, result.result);
      for (const problem of result.problems) tell(asked, { exit: 1, problem });
      for (const child of result.ids.filter((one) => !known.has(one))) {
        known.add(child);
        next.push(wantedItem(child, { ...asked, ...(id !== null && { collection: id }) }, client));
      }
    });
    // Only collections have a next wave.
    const problem = next.length > 0 ? await folder.ensure() : null;
    for (const { asked } of problem === null ? [] : next) tell(asked, { exit: 2, problem: problem ?? "" });
    wave = problem === null ? next : [];
  }
  board.stop();
  return Math.max(...exits);
}

type Got = { kind: "result"; result: Result } | { kind: "collection"; ids: ModId[]; problems: string[] };

async function getOne(id: ModId | null, work: ModWork): Promise<Got> {
  try {
    return { kind: "result", result: await getMod(work) };
  } catch (error) {
    // What a library says of a collection: it keeps items only.
    const mayBeCollection = error instanceof ModfleetError && error.code === "unprocessable";
    const expanded = mayBeCollection && id !== null ? await expand(id, work) : null;
    return expanded ?? { kind: "result", result: failed(work.what, error) };
  }
}

/** Null when Steam does not say that it is a collection: then the library's answer is what there is to say. */
async function expand(id: ModId, { context, row }: ModWork): Promise<Got | null> {
  row.stage("Asking Steam for the collection");
  const looked = await lookUpCollection(id, steamOf(context));
  if (looked.kind === "problem") return null;
  const { ids, problems } = await expandCollection(id, looked.children, steamOf(context));
  return {
    kind: "collection",
    ids,
    problems: ids.length + problems.length === 0 ? [`Collection ${id} is empty`] : problems,
  };
}
