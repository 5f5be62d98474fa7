import type { ShelfGame, ShelfMod } from "../../domain/shelf.ts";
import type { Attempt } from "../../store/attempts.ts";

/** A mod's row: game, mod, name, size, date of the event, source. As text, because ids may exceed 2^53. */
export function modRow(mod: ShelfMod): string {
  const { app, id, name, sizeBytes, requestedAt, origin, nulls } = mod;
  const known = <Value>(field: string, value: Value): Value | null => (nulls.includes(field) ? null : value);
  const event = known("date_request", toSeconds(requestedAt));
  return row([app, BigInt(id), known("name", name), sizeBytes, event, known("source", origin)]);
}

/** The row of a mod that is, or was, on its way. */
export function attemptRow(id: string, { app, name, sizeBytes, at, origin }: Attempt): string {
  return row([app, BigInt(id), name, sizeBytes, toSeconds(at * 1_000), origin]);
}

/** A game's row: game, name, date of the event, source. */
export function gameRow({ id, name, createdAt, origin, nulls }: ShelfGame): string {
  const known = <Value>(field: string, value: Value): Value | null => (nulls.includes(field) ? null : value);
  return row([id, known("name", name), known("creation_date", toSeconds(createdAt)), known("source", origin)]);
}

function row(values: readonly (string | number | bigint | null)[]): string {
  return `[${values.map((value) => (typeof value === "bigint" ? String(value) : JSON.stringify(value))).join(",")}]`;
}

/** Microseconds as the first interface wrote times: whole seconds, whatever comes after them is cut off. */
function toSeconds(micros: number): string {
  return new Date(Math.floor(micros / 1_000)).toISOString().slice(0, "YYYY-MM-DDTHH:MM:SS".length).replace("T", " ");
}
