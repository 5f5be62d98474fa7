import type { Log } from "../../log.ts";
import { Batch } from "./batch.ts";
import { type CheckParts, checkUrl, type Refused } from "./check.ts";
import type { Conversation, Frame, Say } from "./conversation.ts";
import type { DownloadList } from "./download-list.ts";
import type { Wanted } from "./lists.ts";
import { addressOf, doneLine, loadingLine, queueLine, type Texts } from "./texts.ts";

export type PlainOptions = {
  list: DownloadList;
  downloads: CheckParts["downloads"];
  texts: Texts;
  /** `start` is refused while anything waits or loads. */
  strict: boolean;
  say: Say;
  /** Ends the checks that are on their way. */
  signal: AbortSignal;
  log: Log;
};

/** The six commands, character for character. */
export class PlainClient implements Conversation {
  readonly #options: PlainOptions;
  #batch: Batch | null = null;

  constructor(options: PlainOptions) {
    this.#options = options;
  }

  async hear(frame: Frame): Promise<void> {
    if (this.#batch === null) await this.#command(frame);
    else if (frame === "end") await this.#finish(this.#batch);
    else await this.#batch.add(frame);
  }

  /** A batch counts once its `end` has come, and is nothing without. */
  owes(this: void, frame: Frame): boolean {
    return frame === "end";
  }

  async end(): Promise<void> {
    await this.#batch?.finished();
    this.#batch = null;
  }

  async #command(frame: Frame): Promise<void> {
    const { list, texts } = this.#options;
    if (frame === "help_command") await this.#sayEach(texts.help);
    else if (frame === "queue") await this.#sayEach(list.waiting(), ({ url }) => queueLine(url, texts));
    else if (frame === "loading")
      await this.#sayEach(
        [list.loading()].filter((each) => each !== null),
        loadingLine,
      );
    else if (frame === "download") await this.#sayEach(list.done(), doneLine);
    else if (frame === "start") await this.#start();
    else await this.#options.say(texts.unknown);
  }

  async #start(): Promise<void> {
    const { list, strict, texts, say } = this.#options;
    if (strict && list.counts().open > 0) return await say(texts.wait);
    this.#batch = new Batch({
      check: (frame) => checkUrl(frame, this.#options, this.#options.signal),
      refuse: (verdict) => say(refusalText(verdict, texts)),
    });
  }

  async #finish(batch: Batch): Promise<void> {
    const wanted = await batch.finished();
    this.#batch = null;
    const { texts, say } = this.#options;
    await say(wanted.length > 0 && this.#submitted(wanted) ? texts.sent : texts.empty);
  }

  /** What could not be remembered was not added, and the client hears that nothing was. */
  #submitted(wanted: readonly Wanted[]): boolean {
    try {
      this.#options.list.submit(wanted);
      return true;
    } catch (cause) {
      this.#options.log.error("The console's lists could not be written", { cause, urls: wanted.length });
      return false;
    }
  }

  /** Of a list that changes meanwhile everything is said as it was when the command came. */
  async #sayEach<T>(items: Iterable<T>, toText: (item: T) => string): Promise<void>;
  async #sayEach(items: Iterable<string>): Promise<void>;
  async #sayEach<T>(items: Iterable<T>, toText: (item: T) => string = String): Promise<void> {
    for (const item of [...items]) {
      if (this.#options.signal.aborted) return;
      await this.#options.say(toText(item));
    }
  }
}

function refusalText(verdict: Refused, texts: Texts): string {
  if (verdict.kind === "already") return texts.already + addressOf(verdict.path);
  return verdict.kind === "full" ? texts.wait : texts[verdict.kind];
}
