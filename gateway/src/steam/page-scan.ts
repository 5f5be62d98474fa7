import { ModId } from "@modfleet/protocol";
import { Parser } from "htmlparser2";
import { webAddress } from "./item-facts.ts";

/** What was seen on a page, whatever page it is. Both lists are in the page's order, without repeats, and bounded. */
export type PageScan = {
  dependencies: ReadonlySet<ModId>;
  screenshots: ReadonlySet<string>;
  title: string;
  /** The beginning of the text that a reader sees. */
  text: string;
  /** It has parts that only an item's page has. */
  isItem: boolean;
  /** It asks for an age or a password. */
  isGate: boolean;
  isEmpty: boolean;
  /** No page that people made is nested like this; the rest was not looked at. */
  isTooDeep: boolean;
};

type Attributes = Readonly<Record<string, string>>;

export const DEPENDENCIES_MAX = 500;
export const SCREENSHOTS_MAX = 200;
/** The parser looks through all open elements for each tag, so this also bounds the time that a hostile page takes. */
const DEPTH_MAX = 256;
const TEXT_MAX = 20_000;
const CLASS_MAX = 1_000;

const UNSEEN = new Set(["script", "style", "noscript", "textarea"]);
const ITEM_PARTS = new Set([
  "workshopItemTitle",
  "workshopItemDescription",
  "workshopItemPreviewArea",
  "requiredItemsContainer",
  "screenshot_holder",
]);

/** Looks through a Workshop page as it comes in, in memory that does not depend on the page. */
export class PageScanner {
  readonly #dependencies = new Set<ModId>();
  readonly #holders = new Set<string>();
  /** Small pictures under the big ones: all there is on some pages. */
  readonly #strip = new Set<string>();
  readonly #marks = { isItem: false, isGate: false, isEmpty: true, isTooDeep: false };
  readonly #parser: Parser;
  #title = "";
  #text = "";
  #depth = 0;
  /** Depths of the open element that matters; 0 means that none is open. */
  readonly #inside = { required: 0, holder: 0, strip: 0, title: 0, unseen: 0 };

  constructor() {
    this.#parser = new Parser({
      onopentag: (name, attributes) => this.#open(name, attributes),
      onclosetag: () => this.#close(),
      ontext: (text) => this.#read(text),
    });
  }

  write(html: string): void {
    if (!this.#marks.isTooDeep) this.#parser.write(html);
  }

  end(): PageScan {
    if (!this.#marks.isTooDeep) this.#parser.end();
    const screenshots = this.#holders.size > 0 ? this.#holders : this.#strip;
    const { title, text } = { title: this.#title.trim(), text: this.#text };
    return { dependencies: this.#dependencies, screenshots, title, text, ...this.#marks };
  }

  #open(name: string, attributes: Attributes): void {
    this.#depth += 1;
    this.#marks.isEmpty = false;
    if (this.#depth > DEPTH_MAX) {
      this.#marks.isTooDeep = true;
      this.#parser.pause();
      return;
    }
    const classes = (attributes["class"] ?? "").slice(0, CLASS_MAX).split(/\s+/);
    this.#enter(name, classes, attributes["id"]);
    if (classes.some((word) => ITEM_PARTS.has(word))) this.#marks.isItem = true;
    if (isGate(name, classes, attributes)) this.#marks.isGate = true;
    if (name === "a") this.#link(attributes);
    if (name === "img" && this.#inside.strip > 0) add(this.#strip, smallPicture(attributes), SCREENSHOTS_MAX);
  }

  #enter(name: string, classes: readonly string[], id: string | undefined): void {
    const inside = this.#inside;
    const isRequired = classes.includes("requiredItemsContainer") && id === "RequiredItems";
    if (name === "div" && isRequired) inside.required ||= this.#depth;
    if (name === "div" && classes.includes("screenshot_holder")) inside.holder = this.#depth;
    if (classes.includes("highlight_strip_screenshot")) inside.strip ||= this.#depth;
    if (name === "title" && this.#title === "") inside.title ||= this.#depth;
    if (UNSEEN.has(name)) inside.unseen ||= this.#depth;
  }

  #close(): void {
    const inside = this.#inside;
    if (inside.required === this.#depth) inside.required = 0;
    if (inside.holder === this.#depth) inside.holder = 0;
    if (inside.strip === this.#depth) inside.strip = 0;
    if (inside.title === this.#depth) inside.title = 0;
    if (inside.unseen === this.#depth) inside.unseen = 0;
    this.#depth -= 1;
  }

  #link(attributes: Attributes): void {
    if (this.#inside.required > 0) add(this.#dependencies, itemOf(attributes["href"]), DEPENDENCIES_MAX);
    if (this.#inside.holder === 0) return;
    // Only the first link of a holder is its picture.
    this.#inside.holder = 0;
    add(this.#holders, bigPicture(attributes), SCREENSHOTS_MAX);
  }

  #read(text: string): void {
    const { title, unseen } = this.#inside;
    if (title > 0) this.#title += text.slice(0, TEXT_MAX - this.#title.length);
    else if (unseen === 0) this.#text += text.slice(0, TEXT_MAX - this.#text.length);
  }
}

function add<Value>(set: Set<Value>, value: Value | null, max: number): void {
  if (value !== null && set.size < max) set.add(value);
}

function isGate(name: string, classes: readonly string[], attributes: Attributes): boolean {
  if (name === "input") return attributes["type"]?.toLowerCase() === "password";
  const isAgeForm = name === "form" && /agecheck/i.test(`${attributes["id"]} ${attributes["action"]}`);
  return isAgeForm || classes.some((word) => /age_?gate|agecheck/i.test(word));
}

/** The item that a link leads to; null when it leads elsewhere or the id is none. */
function itemOf(href = ""): ModId | null {
  const id = /(?:^|\/)filedetails\/\?id=([0-9]{1,19})$/.exec(href.trim())?.[1];
  return ModId.safeParse(id).data ?? null;
}

/** `ShowEnlargedImagePreview( 'https://…' )` in either attribute, or the address itself. */
function bigPicture({ href = "", onclick = "" }: { href?: string; onclick?: string }): string | null {
  const [quoted = href] = [href, onclick].flatMap((code) => /'([^']*)'/.exec(code)?.[1] ?? []);
  return httpsAddress(quoted);
}

/** The query only asks for a small size. */
function smallPicture({ src = "" }: { src?: string }): string | null {
  return httpsAddress(src.split("?")[0] ?? "");
}

function httpsAddress(text: string): string | null {
  return text.startsWith("https://") ? webAddress(text) : null;
}
