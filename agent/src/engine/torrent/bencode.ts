/** What bencode (BEP 3) can say. Strings are bytes; keys of dictionaries are read as UTF-8. */
export type Bencoded = number | Buffer | Bencoded[] | Map<string, Bencoded>;

export class BencodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BencodeError";
  }
}

const DEPTH_MAX = 64;
/** Each value costs far more memory than the two bytes that the shortest one is written in. */
const VALUES_MAX = 1_500_000;
const [COLON, DICTIONARY, END, INTEGER, LIST] = [...":deil"].map((letter) => letter.charCodeAt(0));

/** The length of the value that `bytes` begin with. Throws `BencodeError` when there is none. */
export function bencodedLength(bytes: Buffer): number {
  const reader = new Reader(bytes);
  reader.value(0);
  return reader.at;
}

/** Reads one value and nothing behind it. `spans` are the bytes of each value of the outermost dictionary, as they were written. */
export function readBencode(bytes: Buffer): { value: Bencoded; spans: Map<string, Buffer> } {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.end();
  return { value, spans: reader.spans };
}

class Reader {
  readonly spans = new Map<string, Buffer>();
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  value(depth: number): Bencoded {
    this.#values += 1;
    if (this.#values > VALUES_MAX) throw new BencodeError(`More than ${VALUES_MAX} values`);
    if (depth > DEPTH_MAX) throw new BencodeError(`Values lie deeper than ${DEPTH_MAX}`);
    const first = this.#bytes[this.#at];
    if (first !== INTEGER && first !== LIST && first !== DICTIONARY) return this.#string();
    this.#at += 1;
    if (first === INTEGER) return this.#integer(END);
    return first === LIST ? this.#list(depth) : this.#dictionary(depth);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new BencodeError("Something follows the value");
  }

  #list(depth: number): Bencoded[] {
    const values: Bencoded[] = [];
    while (!this.#isAtEnd()) values.push(this.value(depth + 1));
    return values;
  }

  #dictionary(depth: number): Map<string, Bencoded> {
    const values = new Map<string, Bencoded>();
    while (!this.#isAtEnd()) {
      const key = this.#string().toString("utf8");
      // Readers differ in which of two they take. (Deeper down keys are bytes that need not be text.)
      if (depth <= 1 && values.has(key)) throw new BencodeError(`A key stands there twice: ${key.slice(0, 80)}`);
      const from = this.#at;
      values.set(key, this.value(depth + 1));
      if (depth === 0) this.spans.set(key, this.#bytes.subarray(from, this.#at));
    }
    return values;
  }

  #isAtEnd(): boolean {
    if (this.#bytes[this.#at] !== END) return false;
    this.#at += 1;
    return true;
  }

  #string(): Buffer {
    const length = this.#integer(COLON);
    const from = this.#at;
    if (length < 0 || from + length > this.#bytes.length) throw new BencodeError("A string ends too early");
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** The number up to `until`, which is passed over. */
  #integer(until: number | undefined): number {
    const end = this.#bytes.subarray(this.#at, this.#at + 24).indexOf(until ?? 0);
    const text = this.#bytes.toString("latin1", this.#at, this.#at + Math.max(end, 0));
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new BencodeError(`No number at byte ${this.#at}`);
    this.#at += end + 1;
    return value;
  }
}
