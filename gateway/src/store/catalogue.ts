import type { ArchiveStore } from "./archives.ts";
import { createArchiveStore } from "./archives.ts";
import type { Database } from "./database.ts";
import type { EventStore } from "./events.ts";
import { createEventStore } from "./events.ts";
import type { GameStore } from "./games.ts";
import { createGameStore } from "./games.ts";
import type { ImportedStore } from "./imported.ts";
import { createImportedStore } from "./imported.ts";
import type { ModStore } from "./mods.ts";
import { createModStore } from "./mods.ts";
import type { ModListStore } from "./mods-list.ts";
import { createModListStore } from "./mods-list.ts";
import type { SourceStore } from "./sources.ts";
import { createSourceStore } from "./sources.ts";
import type { TagStore } from "./tags.ts";
import { createTagStore } from "./tags.ts";

/** The library's catalogue: mods, their versions and archives, games, tags and what happened to them. */
export type CatalogueStore = ModStore &
  ModListStore &
  ArchiveStore &
  ImportedStore &
  SourceStore &
  GameStore &
  TagStore &
  EventStore;

/** The catalogue over one database. It holds no state of its own. */
export function createCatalogueStore(database: Database): CatalogueStore {
  return {
    ...createModStore(database),
    ...createModListStore(database),
    ...createArchiveStore(database),
    ...createImportedStore(database),
    ...createSourceStore(database),
    ...createGameStore(database),
    ...createTagStore(database),
    ...createEventStore(database),
  };
}
