import { XmlRpcError } from "./xml-rpc.ts";

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi;
const CDATA = "<![CDATA[";

/**
 * Walks through the tags and texts of a document, one after the other. Only what XML-RPC needs: no namespaces, no DTD (and so no
 * entity that grows), attributes are passed over. Control characters are let through: names of torrents contain them.
 */
export class XmlScanner {
  readonly #document: string;
  #at = 0;

  constructor(document: string) {
    this.#document = document;
  }

  /** The next tag without its brackets and attributes: `value`, `/value`, `nil/`. Blanks and comments before it are passed over. */
  tag(): string {
    const { name, end } = this.#next();
    this.#at = end;
    return name;
  }

  /** As `tag`, but stays where it is. */
  peek(): string {
    return this.#next().name;
  }

  expect(name: string): void {
    const found = this.tag();
    if (found !== name) throw new XmlRpcError(`Expected <${name}>, got <${found.slice(0, 40)}>`);
  }

  /** The text up to the next tag. */
  text(): string {
    let text = "";
    for (;;) {
      const until = this.#find("<", this.#at);
      text += decode(this.#document.slice(this.#at, until));
      this.#at = until;
      if (!this.#document.startsWith(CDATA, until)) return text;
      const end = this.#find("]]>", until);
      text += this.#document.slice(until + CDATA.length, end);
      this.#at = end + 3;
    }
  }

  #next(): { name: string; end: number } {
    let at = this.#at;
    for (;;) {
      const open = this.#find("<", at);
      if (this.#document.slice(at, open).trim().replace("\ufeff", "") !== "") throw this.#nonsense(at);
      const [last, skip] = this.#endOf(open);
      if (!skip) return { name: this.#nameIn(open + 1, last), end: last + 1 };
      at = last + 1;
    }
  }

  /** Where the markup that begins at `open` ends, and whether it says nothing. */
  #endOf(open: number): [last: number, skip: boolean] {
    if (this.#document.startsWith("<!--", open)) return [this.#find("-->", open) + 2, true];
    if (this.#document.startsWith("<?", open)) return [this.#find("?>", open) + 1, true];
    return [this.#find(">", open), false];
  }

  #nameIn(from: number, to: number): string {
    const inside = this.#document.slice(from, to).trim();
    const name = /^\/?[\w.]+/.exec(inside)?.[0];
    if (name === undefined) throw this.#nonsense(from - 1);
    return inside.endsWith("/") ? `${name}/` : name;
  }

  #find(what: string, from: number): number {
    const found = this.#document.indexOf(what, from);
    if (found !== -1) return found;
    throw new XmlRpcError(this.#document.trim() === "" ? "The document is empty" : "The document ends too early");
  }

  #nonsense(at: number): XmlRpcError {
    return new XmlRpcError(`Not XML-RPC: ${JSON.stringify(this.#document.slice(at, at + 80))}`);
  }
}

/** Line ends stay as they are: rTorrent writes them raw, and they belong to a name. */
function decode(text: string): string {
  return text.replace(REFERENCE, (whole, hex?: string, decimal?: string, name: string = "") => {
    if (hex === undefined && decimal === undefined) return ENTITIES[name] ?? whole;
    const code = Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}
