import { isDamaged } from "../../actions/is-damaged.ts";
import type { Mod, Version } from "../../domain/catalogue.ts";
import type { AppContext } from "../app-env.ts";
import { pytorrentAttachment } from "../content-disposition.ts";
import { type SendDeps, sendArchive } from "../send-archive.ts";
import { ANSWERS } from "./answers.ts";
import { reply } from "./reply.ts";

/** The archive as PyTorrent sent it, with everything HTTP can do about it; a mod whose bytes are gone is damaged. */
export async function sendMod(c: AppContext, deps: SendDeps, mod: Mod & { current: Version }): Promise<Response> {
  if (await isDamaged(deps, mod.current)) return reply(404, ANSWERS.damaged);
  // Python knows no type for a name that is all dots before its extension.
  const contentType = /(^|\/)\.*$/.test(mod.name) ? "text/plain; charset=utf-8" : "application/zip";
  const disposition = pytorrentAttachment(mod.name);
  return sendArchive(c, deps, { mod, version: mod.current, disposition, contentType, address: "mod" });
}

/** A mod together with the proof that its archive is here. */
export function withArchive(mod: Mod): (Mod & { current: Version }) | null {
  return mod.current === null ? null : { ...mod, current: mod.current };
}
