import { type Parameters, RestError } from "./rest-torrent.ts";

export type PortRange = { first: number; last: number };

/** Where the original listens when nobody says otherwise. */
const DEFAULT_PORTS: PortRange = { first: 6881, last: 6891 };
const PORT_MAX = 65_535;
/** Magnet links with many trackers are long. */
const TEXT_LENGTH_MAX = 16_384;
const STORAGE_MODES = ["sparse", "allocate"] as const;

export type StorageMode = (typeof STORAGE_MODES)[number];

/** What was sent under a name. What is empty counts as absent. */
export function given(parameters: Parameters, name: string): unknown {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  const isEmpty = value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return isEmpty ? undefined : value;
}

/** Text, or undefined where nothing was sent. Throws `RestError`. */
export function textIn(parameters: Parameters, name: string): string | undefined {
  const value = given(parameters, name);
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.length <= TEXT_LENGTH_MAX) return value;
  throw invalid(`${name} has to be text of at most ${TEXT_LENGTH_MAX} characters`);
}

/** Throws `parameter.missing` where nothing was sent; `advice` says what to send. */
export function requiredText(parameters: Parameters, name: string, advice: string): string {
  const text = textIn(parameters, name);
  if (text === undefined) throw new RestError("parameter.missing", `${name} is missing: send ${advice}`);
  return text;
}

/** A flag that is on by default, or as its default says: only 0 means no. */
export function flagIn(parameters: Parameters, name: string, byDefault: boolean): boolean {
  const value = given(parameters, name);
  return value === undefined ? byDefault : !(value === "0" || value === 0 || value === false);
}

/** `delete_data` cannot be taken back, so only a clear yes is one. Throws `RestError`. */
export function deleteDataIn(parameters: Parameters): boolean {
  const value = given(parameters, "delete_data");
  if (value === undefined || value === "0" || value === 0 || value === false) return false;
  if (value === "1" || value === 1 || value === true) return true;
  throw invalid("delete_data has to be 0 or 1: send 1 to delete the torrent's files, too");
}

/** Throws `RestError`. */
export function storageModeIn(parameters: Parameters): StorageMode {
  const value = given(parameters, "storage_mode") ?? "sparse";
  const mode = STORAGE_MODES.find((known) => known === value);
  if (mode === undefined) throw invalid(`storage_mode has to be one of ${STORAGE_MODES.join(", ")}`);
  return mode;
}

/** `port_range`, or its other form `ports`: text "first,last", one number, or a list. Throws `RestError`. */
export function portsIn(parameters: Parameters): PortRange {
  const value = given(parameters, "port_range") ?? given(parameters, "ports");
  if (value === undefined) return DEFAULT_PORTS;
  const parts: unknown[] = typeof value === "string" ? value.split(",") : [value].flat();
  const [first, last = first, ...more] = parts.map(portOf);
  if (first == null || last == null || more.length > 0 || first > last || (first === 0 && last > 0)) {
    throw invalid(
      `port_range has to be "first,last" with ports from 1 to ${PORT_MAX}, the smaller one first, or 0,0 for any`,
    );
  }
  return { first, last };
}

function portOf(value: unknown): number | null {
  const isWhole = typeof value === "number" || (typeof value === "string" && /^\s*\d{1,5}\s*$/.test(value));
  const port = isWhole ? Number(value) : -1;
  return Number.isInteger(port) && port >= 0 && port <= PORT_MAX ? port : null;
}

const invalid = (message: string): RestError => new RestError("parameter.invalid", message);
