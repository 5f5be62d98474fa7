import type { Deps } from "../../deps.ts";
import type { Api } from "../api.ts";
import { createShelfAnswers } from "../pytorrent/answer-from-shelf.ts";
import { type Asked, createDoor, type PathTable } from "../pytorrent/door.ts";
import { questionOf } from "../pytorrent/question-of.ts";
import { readParams } from "../pytorrent/read-params.ts";
import { registerPytorrentV1 } from "./contract.ts";
import { type V1DownloadDeps, v1Download } from "./download.ts";
import { gameInfo, modInfo } from "./info.ts";
import { gamesList, isLarge, modsList, pieces, type V1List } from "./lists.ts";
import { streamText } from "./stream-text.ts";

type V1Deps = V1DownloadDeps & Pick<Deps, "counters" | "shelf" | "database">;

const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "Content-Type" };

/** PyTorrent's first interface, whole, below `/v1`. */
export function pytorrentV1(api: Api, deps: V1Deps): void {
  registerPytorrentV1(api);
  const door = createDoor({ prefix: "/v1", table: pathTable(deps), cors: CORS });
  api.use("/v1", door);
  api.use("/v1/*", door);
}

function pathTable(deps: V1Deps): PathTable {
  const answer = createShelfAnswers(deps);
  const list = async ({ c }: Asked, made: V1List): Promise<Response> => {
    if (!isLarge(made)) return answer(c, questionOf("list", made.asked), async () => whole(made));
    await deps.counters.settled();
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    return new Response(streamText(pieces(made), c.var.log), { headers });
  };
  return [
    {
      template: "/download/steam/{mod_id}",
      handle: (asked) => integers(asked, ["mod_id"], ([mod]) => v1Download(asked.c, deps, mod)),
    },
    {
      template: "/list/mods/{page_size}/{page_number}/{game_id}/{source}",
      handle: (asked) =>
        integers(asked, ["page_size", "page_number", "game_id"], ([pageSize, pageNumber, game]) => {
          const [, , , source = ""] = asked.params;
          return list(asked, modsList(deps, { pageSize, pageNumber, source, game }));
        }),
    },
    {
      template: "/list/games/{page_size}/{page_number}/{source}",
      handle: (asked) =>
        integers(asked, ["page_size", "page_number"], ([pageSize, pageNumber]) => {
          const [, , source = ""] = asked.params;
          return list(asked, gamesList(deps, { pageSize, pageNumber, source }));
        }),
    },
    {
      template: "/info/game/{game_id}",
      handle: (asked) =>
        integers(asked, ["game_id"], ([game]) => answer(asked.c, `game ${game}`, () => gameInfo(deps, game))),
    },
    {
      template: "/info/mod/{mod_id}",
      handle: (asked) =>
        integers(asked, ["mod_id"], ([mod]) => answer(asked.c, `mod ${mod}`, () => modInfo(deps, mod))),
    },
  ];
}

async function whole(list: V1List): Promise<string> {
  return (await Array.fromAsync(pieces(list))).join("");
}

type Integers<Names extends readonly string[]> = { [Place in keyof Names]: bigint };

/** The first parameters of the path as the integers they have to be; a 422 lists those that are none. */
function integers<const Names extends readonly string[]>(
  asked: Asked,
  names: Names,
  handle: (values: Integers<Names>) => Response | Promise<Response>,
): Response | Promise<Response> {
  const read = readParams(asked);
  const values = names.map((name, place) => read.pathInteger(name, place));
  return read.refusal() ?? handle(asMany<Names>(values));
}

/** Holds because one value was read for each name. */
function asMany<Names extends readonly string[]>(values: readonly bigint[]): Integers<Names> {
  return values as Integers<Names>;
}
