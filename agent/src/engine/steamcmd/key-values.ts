/** A node of Valve's KeyValues text: a value, or a section of named nodes. */
export type KeyValues = Map<string, string | KeyValues>;

/** SteamCMD nests three deep; more is a broken file. */
const DEPTH_MAX = 32;

const TOKEN = /\s+|\/\/[^\n]*|"((?:[^"\\]|\\[\s\S])*)"?|([{}])|([^\s{}"]+)/g;

/**
 * Reads KeyValues as far as they make sense: a file that a killed process cut off gives what stood before the cut. Names are
 * kept as written; the last of two equal names wins, sections of equal names are merged. Never throws.
 */
export function parseKeyValues(text: string): KeyValues {
  const root: KeyValues = new Map();
  const open: KeyValues[] = [root];
  let name: string | null = null;

  for (const [, quoted, brace, bare] of text.matchAll(TOKEN)) {
    const here = open.at(-1) ?? root;
    if (brace === "{") {
      if (open.length >= DEPTH_MAX) return root;
      open.push(section(here, name ?? ""));
      name = null;
    } else if (brace === "}") {
      if (open.length > 1) open.pop();
      name = null;
    } else {
      const word = quoted === undefined ? bare : quoted.replaceAll(/\\([\s\S])/g, "$1");
      if (word === undefined) continue;
      if (name !== null) here.set(name, word);
      name = name === null ? word : null;
    }
  }
  return root;
}

function section(parent: KeyValues, name: string): KeyValues {
  const known = parent.get(name);
  if (known instanceof Map) return known;
  const made: KeyValues = new Map();
  parent.set(name, made);
  return made;
}

/** The section `name` of `parent`, whatever its case; empty where there is none. */
export function sectionOf(parent: KeyValues, name: string): KeyValues {
  for (const [key, value] of parent) {
    if (value instanceof Map && key.toLowerCase() === name.toLowerCase()) return value;
  }
  return new Map();
}

/** The value `name` of `parent`, or null. */
export function textOf(parent: KeyValues, name: string): string | null {
  const value = parent.get(name);
  return typeof value === "string" ? value : null;
}
