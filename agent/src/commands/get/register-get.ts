import type { Command } from "commander";
import { getCommand } from "./get.ts";
import type { GetContext } from "./get-context.ts";
import { getFromCommand } from "./library/get-from.ts";

const HELP = `
Targets:
  2009463077                                             a Workshop item, written as <title>-<id>.zip
  https://steamcommunity.com/sharedfiles/filedetails/?id=2009463077
                                                         the same; of a collection all its items, nested ones too
  https://example.org/map.zip                            any file, as it is, under its own name
  'magnet:?xt=urn:btih:...'                              what a torrent holds, under its own name (mind the quotes)
  ./mod.torrent   https://example.org/mod.torrent        the same, and any address whose answer is a torrent
                                                         (--as-file keeps the .torrent file itself)

Examples:
  get 2009463077 818773962 -o mods          several at once, into the folder mods
  get https://example.org/map.zip -o new.zip
  get 2009463077 https://example.org/map.zip --from https://mods.example.org
                                            a library has it fetched, keeps it, and gives each as a zip
  get --json 2009463077 | jq -r .file       for scripts: each result is one JSON object on a line, as it comes

Ctrl-C keeps what has arrived: the same command, in the same folder, goes on from there. A second Ctrl-C ends at once.
Parts of files and torrents wait in hidden folders (.modfleet-...) beside their place; who will not go on may delete them.
-o names the file; a folder where one is there or a slash stands behind it, and with several targets, a collection or a
torrent. Folders are made. Everything is meant from where you stand, also by way of npm run.
Addresses in private networks may be typed; public ones that lead there are refused (MODFLEET_ALLOW_PRIVATE_SOURCES=1).
Torrents come by the client inside this program, whatever MODFLEET_TORRENT_CLIENT says, and are not shared any further once
they are here. Where an agent has MODFLEET_TORRENT_PORT already, another port is taken. Peers are looked for in the
distributed hash table (DHT), too, unless a torrent is private or MODFLEET_DHT=0 says no.

--json: {"ok":true,"kind","target","file","bytes",...} or {"ok":false,"kind","target","code","message"}; "kind" is
  workshop (with id, app, title, sha256, tree, entries, fetched; collection where one names it), http (with url) or
  torrent (with infoHash, title, entries, fetched). With --from: id, title, version, sha256.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or a file is in the way, 130 interrupted; the worst of all.`;

type GivenOptions = { output?: string; force: boolean; json: boolean; asFile: boolean; from?: string };

/** Adds `get` to the command line. */
export function registerGet(program: Command, context: GetContext): void {
  program
    .command("get")
    .description("fetch Workshop items, collections, files and torrents, without any gateway or from a library")
    .argument("<targets...>", "Workshop ids, addresses of items, collections or files, magnet links, .torrent files")
    .option("--from <gateway>", "ask this library instead of Steam, like https://mods.example.org")
    .option("-o, --output <place>", "file to write, or folder to write to (default: the one you stand in)")
    .option("-f, --force", "write over what exists", false)
    .option("--json", "print each result as one JSON object on a line", false)
    .option("--as-file", "take the address of a .torrent file for that of any file", false)
    .addHelpText("after", HELP)
    .action(async (targets: string[], { from, ...options }: GivenOptions) => {
      const exit =
        from === undefined
          ? await getCommand({ targets, ...options }, context)
          : await getFromCommand({ targets, from, ...options }, context);
      context.exit(exit);
    });
}
