export type Bdecoded = number | Buffer | Bdecoded[] | Map<string, Bdecoded>;

/** Reads bencode strictly: keys in order, numbers in their one form, nothing behind the end. Throws at anything else. */
export function bdecode(bytes: Uint8Array): Bdecoded {
  const all = Buffer.from(bytes);
  let at = 0;

  const match = (form: RegExp): string => {
    const found = form.exec(all.subarray(at, at + 24).toString("latin1"));
    if (found === null) throw new Error(`Not bencode at ${at}`);
    at += found[0].length;
    return found[1] ?? "";
  };
  const isAt = (sign: string): boolean => all[at] === sign.charCodeAt(0);
  const text = (): Buffer => {
    const length = Number(match(/^(0|[1-9]\d*):/));
    at += length;
    if (at > all.length) throw new Error("Text behind the end");
    return all.subarray(at - length, at);
  };
  const until = (read: () => void): void => {
    at += 1;
    while (!isAt("e")) read();
    at += 1;
  };

  const read = (): Bdecoded => {
    if (isAt("i")) return Number(match(/^i(0|-?[1-9]\d*)e/));
    if (isAt("l")) {
      const items: Bdecoded[] = [];
      until(() => items.push(read()));
      return items;
    }
    if (!isAt("d")) return text();
    const entries = new Map<string, Bdecoded>();
    let last: Buffer | null = null;
    until(() => {
      const key = text();
      if (last !== null && Buffer.compare(last, key) >= 0) throw new Error(`Keys out of order at ${at}`);
      last = key;
      entries.set(key.toString(), read());
    });
    return entries;
  };

  const value = read();
  if (at !== all.length) throw new Error("Something behind the end");
  return value;
}
