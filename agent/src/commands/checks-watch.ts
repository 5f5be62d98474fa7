import type { Config } from "../config.ts";
import type { ServerSettings } from "../watch/config.ts";
import { readWatchFile } from "../watch/watch-file.ts";
import { bad, type Finding, good } from "./finding.ts";

const SERVER_MS = 3_000;

/** Everything that is wrong with the file in `MODFLEET_WATCH`, or else which of its servers answer. Webhooks are not tried: they would take it for an event. */
export async function checkWatch({ watchFile }: Pick<Config, "watchFile">): Promise<Finding[]> {
  if (watchFile === null) return [];
  const read = readWatchFile(watchFile);
  if (!read.ok) {
    return read.problems.map((detail) =>
      bad("watch file", detail, `Correct ${watchFile}, or set MODFLEET_WATCH to another`),
    );
  }
  const { settings, webhooks } = read.file;
  const detail = `${watchFile}: ${settings.length} server(s), ${webhooks.length} webhook(s)`;
  const servers = await Promise.all(settings.map((server) => checkServer(server, watchFile)));
  return [good("watch file", detail), ...servers];
}

async function checkServer({ name, client }: ServerSettings, watchFile: string): Promise<Finding> {
  const what = `watched server ${name}`;
  const late = AbortSignal.timeout(SERVER_MS);
  try {
    return good(what, await client.greet(late));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const detail = late.aborted ? `No answer within ${SERVER_MS / 1_000} s` : said;
    return bad(what, detail, `Start it, or correct its address in ${watchFile}`);
  }
}
