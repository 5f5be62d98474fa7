import { z } from "zod";
import { ORIGINS } from "../domain/catalogue.ts";
import type { Label, Resource, ShelfGame, ShelfMod } from "../domain/shelf.ts";
import type { Row } from "./database.ts";

/** What lies beyond 2^53 (as microseconds do from the year 2255 on) comes as bigint and loses its last digits. */
const Whole = z.union([z.number(), z.bigint()]).transform(Number);
const Names = z.array(z.string());
const Nulls = z
  .string()
  .nullable()
  .transform((json) => (json === null ? [] : Names.parse(JSON.parse(json))));

/** Columns of a mod `m` on the shelf. */
export const SHELF_MOD_COLUMNS = `
  CAST(m.id AS TEXT) AS id, m.name, m.description, m.size_bytes, m.condition, m.origin, m.downloads, m.app, m.nulls,
  m.created_at * 1000 + m.created_micros AS created, m.updated_at * 1000 + m.updated_micros AS updated,
  m.requested_at * 1000 + m.requested_micros AS requested`;

const ModRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  size_bytes: Whole.nullable(),
  condition: z.literal([0, 1, 2]),
  origin: z.enum(ORIGINS),
  downloads: Whole,
  app: Whole.nullable(),
  nulls: Nulls,
  created: Whole,
  updated: Whole,
  requested: Whole,
});

/** A mod from a row of `SHELF_MOD_COLUMNS`. */
export function toShelfMod(row: Row): ShelfMod {
  const { size_bytes, created, updated, requested, ...columns } = ModRow.parse(row);
  return { ...columns, sizeBytes: size_bytes, createdAt: created, updatedAt: updated, requestedAt: requested };
}

/** Columns of a game `g` on the shelf. */
export const SHELF_GAME_COLUMNS = `
  g.id, g.name, g.kind, g.logo_url, g.short_description, g.description, g.mods_downloads, g.fetched_mods, g.origin, g.nulls,
  g.created_at * 1000 + g.created_micros AS created`;

const GameRow = z.object({
  id: Whole,
  name: z.string(),
  kind: z.enum(["game", "app"]),
  logo_url: z.string().nullable(),
  short_description: z.string(),
  description: z.string(),
  mods_downloads: Whole,
  fetched_mods: Whole,
  origin: z.enum(ORIGINS),
  nulls: Nulls,
  created: Whole,
});

/** A game from a row of `SHELF_GAME_COLUMNS`. */
export function toShelfGame(row: Row): ShelfGame {
  const columns = GameRow.parse(row);
  return {
    id: columns.id,
    name: columns.name,
    kind: columns.kind,
    logoUrl: columns.logo_url,
    shortDescription: columns.short_description,
    description: columns.description,
    modsDownloads: columns.mods_downloads,
    modsCount: columns.fetched_mods,
    createdAt: columns.created,
    origin: columns.origin,
    nulls: columns.nulls,
  };
}

const LabelRow = z.object({ id: Whole, name: z.string() });

/** A tag or genre from a row of `id` and `name`. */
export function toLabel(row: Row): Label {
  return LabelRow.parse(row);
}

const ResourceRow = z.object({ id: Whole, kind: z.string(), url: z.string(), at: Whole, mod: z.string() });

/** A picture from a row of its columns. */
export function toResource(row: Row): Resource {
  return ResourceRow.parse(row);
}
