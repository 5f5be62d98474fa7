import { failure, type Reader } from "./fetch-call.ts";

/** Reads a body that must be JSON. What it says is anybody's guess still. */
export const readJson: Reader<unknown> = {
  accept: "application/json",
  types: /^application\/([\w.-]+\+)?json\b/i,
  start() {
    const parts: string[] = [];
    return {
      write: (text) => void parts.push(text),
      end() {
        const text = parts.join("");
        try {
          return { ok: true, body: JSON.parse(text) };
        } catch {
          return failure("broken", `Not JSON: ${text.slice(0, 80)}`);
        }
      },
    };
  },
};
