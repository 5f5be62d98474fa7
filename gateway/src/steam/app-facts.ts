import { z } from "zod";
import { webAddress } from "./item-facts.ts";
import type { AppAnswer } from "./steam.ts";

const text = z.string().catch("");

const Genre = z.object({
  /** Text in the store's answers. */
  id: z.union([
    z.int(),
    z
      .string()
      .regex(/^[0-9]{1,9}$/)
      .transform(Number),
  ]),
  description: z.string(),
});

const Data = z.object({
  type: text,
  name: z.string().min(1),
  detailed_description: text,
  short_description: text,
  header_image: text,
  genres: z.array(z.unknown()).catch([]),
});

const Entry = z.object({ success: z.boolean(), data: z.unknown().optional() });

/** What the store's appdetails say about `app`; null when the answer is junk, which over its limit it is. */
export function parseApp(app: number, json: unknown): Exclude<AppAnswer, { kind: "unavailable" }> | null {
  const answer = z.record(z.string(), z.unknown()).safeParse(json);
  const entry = Entry.safeParse(answer.data?.[app]);
  if (!entry.success) return null;
  const { success, data } = entry.data;
  // `success: true` with an empty list instead of data is one of its ways to say no.
  if (!success || Array.isArray(data)) return { kind: "unknown" };
  const parsed = Data.safeParse(data);
  if (!parsed.success) return null;
  const { type, name, short_description, detailed_description, header_image, genres } = parsed.data;
  return {
    kind: "found",
    app: {
      app,
      name,
      kind: type === "game" ? "game" : "app",
      shortDescription: short_description,
      description: detailed_description,
      logoUrl: webAddress(header_image),
      genres: genres.flatMap((raw) => {
        const genre = Genre.safeParse(raw).data;
        return genre === undefined ? [] : [{ id: genre.id, name: genre.description }];
      }),
    },
  };
}
