import { z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import type { Mod } from "../../domain/catalogue.ts";
import { ModId } from "../fields.ts";
import { ModView, toModView } from "./mod-view.ts";

const DEPENDENCIES_MAX = 500;
const SCREENSHOTS_MAX = 200;

/** A mod with what its page at the source shows, as far as that was read. */
export const ModDetails = ModView.extend({
  dependencies: z
    .array(ModId)
    .max(DEPENDENCIES_MAX)
    .openapi({ description: "Mods that it needs; they need not be in this library", example: ["2009463077"] }),
  screenshots: z
    .array(z.string())
    .max(SCREENSHOTS_MAX)
    .openapi({ description: "Addresses of pictures at the source", example: ["https://images.example/1/"] }),
}).openapi("ModDetails");
export type ModDetails = z.infer<typeof ModDetails>;

export async function toModDetails({ shelf }: Pick<Deps, "shelf">, mod: Mod): Promise<ModDetails> {
  const screenshots = { kinds: ["screenshot"], limit: SCREENSHOTS_MAX, offset: 0 };
  const [needed, shown] = await Promise.all([
    shelf.dependencies(mod.id, DEPENDENCIES_MAX),
    shelf.resources(mod.id, screenshots),
  ]);
  return { ...toModView(mod), dependencies: needed.ids, screenshots: shown.items.map(({ url }) => url) };
}
