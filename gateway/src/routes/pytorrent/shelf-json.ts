import type { Label, OffsetPage, Resource, ShelfGame, ShelfMod } from "../../domain/shelf.ts";

const SECOND_MICROS = 1_000_000;

/** A list about something that there cannot be. */
export const NO_ITEMS: OffsetPage<never> = { total: 0, items: [] };

/** Fields of a row as JSON texts. Written by hand, because ids may be larger than JavaScript's numbers. */
type Fields = readonly (readonly [name: string, json: string])[];

/** A mod with PyTorrent's names and in its order. */
export function modJson(mod: ShelfMod): string {
  return rowJson(mod.nulls, [
    ["name", JSON.stringify(mod.name)],
    ["description", JSON.stringify(mod.description)],
    ["condition", String(mod.condition)],
    ["date_update", dateJson(mod.updatedAt)],
    ["source", JSON.stringify(mod.origin)],
    ["id", mod.id],
    ["size", String(mod.sizeBytes)],
    ["date_creation", dateJson(mod.createdAt)],
    ["date_request", dateJson(mod.requestedAt)],
    ["downloads", String(mod.downloads)],
  ]);
}

/** A game with PyTorrent's names and in its order. */
export function gameJson(game: ShelfGame): string {
  return rowJson(game.nulls, [
    ["name", JSON.stringify(game.name)],
    ["logo", JSON.stringify(game.logoUrl)],
    ["description", JSON.stringify(game.description)],
    ["mods_count", String(game.modsCount)],
    ["source", JSON.stringify(game.origin)],
    ["id", String(game.id)],
    ["type", JSON.stringify(game.kind)],
    ["short_description", JSON.stringify(game.shortDescription)],
    ["mods_downloads", String(game.modsDownloads)],
    ["creation_date", dateJson(game.createdAt)],
  ]);
}

/** A tag or a genre. */
export function labelJson({ id, name }: Label): string {
  return `{"name":${JSON.stringify(name)},"id":${id}}`;
}

/** A picture of a mod. */
export function resourceJson({ id, kind, at, mod, url }: Resource): string {
  return `{"id":${id},"type":${JSON.stringify(kind)},"date_event":${dateJson(at)},"owner_id":${mod},"url":${JSON.stringify(url)}}`;
}

/** A list's answer. The offset is what was asked for, however large or negative. */
export function pageJson<Item>(
  { total, items }: OffsetPage<Item>,
  offset: number | bigint,
  toJson: (item: Item) => string,
): string {
  return `{"database_size":${total},"offset":${offset},"results":[${items.map(toJson).join(",")}]}`;
}

/** Microseconds UTC as Python writes a datetime: six decimals, or none when they are zero, and no zone. */
export function isoMicros(micros: number): string {
  const fraction = ((micros % SECOND_MICROS) + SECOND_MICROS) % SECOND_MICROS;
  const whole = new Date((micros - fraction) / 1_000).toISOString().slice(0, -5);
  return fraction === 0 ? whole : `${whole}.${String(fraction).padStart(6, "0")}`;
}

function dateJson(micros: number): string {
  return `"${isoMicros(micros)}"`;
}

function rowJson(nulls: readonly string[], fields: Fields): string {
  return `{${fields.map(([name, json]) => `"${name}":${nulls.includes(name) ? "null" : json}`).join(",")}}`;
}
