import { z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import type { Mod } from "../../domain/catalogue.ts";
import { ModId } from "../fields.ts";
import { MOD_EXAMPLE } from "./examples.ts";
import { ModView, toModView } from "./mod-view.ts";

const DEPENDENCIES_MAX = 500;
const SCREENSHOTS_MAX = 200;

const PAGE_EXAMPLE = { dependencies: ["2009463077"], screenshots: ["https://images.steamusercontent.com/ugc/1/AAAA/"] };

/** A mod with what its page at the source shows, as far as that was read. */
export const ModDetails = ModView.extend({
  dependencies: z
    .array(ModId)
    .max(DEPENDENCIES_MAX)
    .openapi({ description: "Mods that it needs, in the source's order; they may be missing here" }),
  screenshots: z.array(z.string()).max(SCREENSHOTS_MAX).openapi({ description: "Addresses of pictures at the source" }),
}).openapi("ModDetails", { example: { ...MOD_EXAMPLE, ...PAGE_EXAMPLE } });
export type ModDetails = z.infer<typeof ModDetails>;

export async function toModDetails({ shelf }: Pick<Deps, "shelf">, mod: Mod): Promise<ModDetails> {
  const screenshots = { kinds: ["screenshot"], limit: SCREENSHOTS_MAX, offset: 0 };
  const [needed, shown] = await Promise.all([
    shelf.dependencies(mod.id, DEPENDENCIES_MAX),
    shelf.resources(mod.id, screenshots),
  ]);
  return { ...toModView(mod), dependencies: needed.ids, screenshots: shown.items.map(({ url }) => url) };
}
