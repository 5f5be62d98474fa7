import { z } from "zod";
import { Secret } from "./secret.ts";

/** Rules for environment variables: each reads text and says in one sentence what it allows. */
export const variable = {
  /** Any text. */
  text: () => z.string(),

  secret: () => z.string().transform((text) => new Secret(text)),

  /** `0` or `1`. */
  flag: () => z.enum(["0", "1"], "Must be 0 or 1").transform((text) => text === "1"),

  oneOf: <const Value extends string>(values: readonly [Value, ...Value[]]) =>
    z.enum(values, `Must be one of ${values.join(", ")}`),

  whole: (min: number, max: number) => {
    const rule = `Must be a whole number from ${min} to ${max}`;
    return z
      .string()
      .regex(/^[0-9]{1,15}$/, rule)
      .transform(Number)
      .refine((value) => value >= min && value <= max, rule);
  },

  /** An http(s) address, given back without a slash at its end. */
  httpUrl: () => httpUrl("Must be an address like https://host or http://host:port/path", () => true),

  /** As `httpUrl`, but nothing after host and port. */
  origin: () =>
    httpUrl("Must be an origin like https://host or http://host:port, without a path", (url) => url.pathname === "/"),

  /** A token bucket as `burst/seconds for one more`, for example `30/10`. */
  bucket: () => {
    const rule = "Must be BURST/SECONDS like 30/10: at once from 1 to 1000000, seconds for one more from 0 to 86400";
    return z
      .string()
      .regex(/^[0-9]{1,7}\/[0-9]{1,5}(\.[0-9]{1,3})?$/, rule)
      .transform((text) => {
        const [burst = 0, seconds = 0] = text.split("/").map(Number);
        return { burst, everyMs: Math.round(seconds * 1_000) };
      })
      .refine(({ burst, everyMs }) => burst >= 1 && burst <= 1_000_000 && everyMs <= 86_400_000, rule);
  },

  /** Comma-separated texts without the blanks around them. */
  list: () =>
    z.string().transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    ),
} as const;

function httpUrl(rule: string, allows: (url: URL) => boolean) {
  return z
    .string()
    .refine((text) => {
      const url = URL.parse(text);
      if (url === null || !/^https?:$/.test(url.protocol)) return false;
      return url.search === "" && url.hash === "" && url.username === "" && url.password === "" && allows(url);
    }, rule)
    .transform((text) => new URL(text).href.replace(/\/+$/, ""));
}
