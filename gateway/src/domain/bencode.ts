/** What bencode can say (BEP 3): whole numbers, bytes, lists and dictionaries. */
export type Bencodable = number | string | Uint8Array | readonly Bencodable[] | { readonly [key: string]: Bencodable };

/** The one right way to write a value: keys of dictionaries sorted, text as UTF-8. Keys are ASCII. */
export function bencode(value: Bencodable): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return new Uint8Array(Buffer.concat(parts));
}

function write(value: Bencodable, parts: Uint8Array[]): void {
  const say = (text: string) => parts.push(Buffer.from(text));
  if (typeof value === "number") say(`i${value}e`);
  else if (typeof value === "string") write(Buffer.from(value), parts);
  else if (value instanceof Uint8Array) {
    say(`${value.length}:`);
    parts.push(value);
  } else if (isList(value)) {
    say("l");
    for (const item of value) write(item, parts);
    say("e");
  } else {
    say("d");
    for (const [key, item] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      write(key, parts);
      write(item, parts);
    }
    say("e");
  }
}

/** `Array.isArray` does not know read-only lists. */
function isList(value: object): value is readonly Bencodable[] {
  return Array.isArray(value);
}
