import type { Deps } from "../../deps.ts";
import { createShelfAnswers } from "./answer-from-shelf.ts";
import { conditionMods } from "./condition-mods.ts";
import type { PathTable } from "./door.ts";
import { infoGame } from "./info-game.ts";
import { infoMod } from "./info-mod.ts";
import { listGames } from "./list-games.ts";
import { listGenres } from "./list-genres.ts";
import { listMods } from "./list-mods.ts";
import { listResources } from "./list-resources.ts";
import { listTags } from "./list-tags.ts";

/** The paths that only read the shelf. */
export function readerPaths({ counters, shelf }: Pick<Deps, "counters" | "shelf">): PathTable {
  const deps = { counters, shelf, answer: createShelfAnswers({ counters, shelf }) };
  return [
    { template: "/info/mod/{mod_id}", handle: (asked) => infoMod(asked, deps) },
    { template: "/list/mods/", handle: (asked) => listMods(asked, deps) },
    { template: "/condition/mod/{ids_array}", handle: (asked) => conditionMods(asked, deps) },
    { template: "/list/games/", handle: (asked) => listGames(asked, deps) },
    { template: "/info/game/{game_id}", handle: (asked) => infoGame(asked, deps) },
    { template: "/list/tags/{game_id}", handle: (asked) => listTags(asked, deps) },
    { template: "/list/genres", handle: (asked) => listGenres(asked, deps) },
    { template: "/list/resources_mods/{mod_id}", handle: (asked) => listResources(asked, deps) },
  ];
}
