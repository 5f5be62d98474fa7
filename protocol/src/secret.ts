const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const SHOWN = "[secret]";

/** Text that prints as `[secret]` wherever it leaks: logs, JSON, templates, inspectors. Only `reveal()` gives it away. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [INSPECT](): string {
    return SHOWN;
  }
}
