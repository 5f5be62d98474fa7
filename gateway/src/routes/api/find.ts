import type { ModId } from "@modfleet/protocol";
import type { Deps } from "../../deps.ts";
import type { Mod, Version } from "../../domain/catalogue.ts";
import { AppError } from "../../domain/errors.ts";

/** The mod, or a `not_found`. */
export async function modOrRefuse({ catalogue }: Pick<Deps, "catalogue">, id: ModId): Promise<Mod> {
  const mod = await catalogue.findMod(id);
  if (mod === null) throw new AppError("not_found", `No mod ${id}: POST /api/mods/${id}/fetch asks for it`);
  return mod;
}

/** The version, or a `not_found`. */
export async function versionOrRefuse(
  { catalogue }: Pick<Deps, "catalogue">,
  { id, version }: { id: ModId; version: string },
): Promise<Version> {
  const found = await catalogue.findVersion(id, version);
  if (found === null) throw new AppError("not_found", `No version ${version} of mod ${id}`);
  return found;
}
