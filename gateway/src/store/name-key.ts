const NAME_CHARACTERS_MAX = 500;

/** A name as it is stored: cut to what a list can show and a cursor can hold. */
export function storedName(name: string): string {
  return name.slice(0, NAME_CHARACTERS_MAX);
}

/** What names are compared, searched and sorted by: lower case in every script, which SQL alone does for ASCII only. */
export function nameKey(name: string): string {
  return storedName(name).toLowerCase();
}
