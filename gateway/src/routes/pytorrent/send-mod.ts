import { heldArchive } from "../../actions/held-archive.ts";
import type { Mod } from "../../domain/catalogue.ts";
import type { AppContext } from "../app-env.ts";
import { pytorrentAttachment } from "../content-disposition.ts";
import { type SendDeps, sendArchive } from "../send-archive.ts";
import { ANSWERS } from "./answers.ts";
import { reply } from "./reply.ts";

/** The archive as PyTorrent sent it, with everything HTTP can do about it; a mod whose bytes are gone is damaged. */
export async function sendMod(c: AppContext, deps: SendDeps, mod: Mod): Promise<Response> {
  const held = await heldArchive(deps, mod);
  if (held === null) return reply(404, ANSWERS.damaged);
  // Python knows no type for a name that is all dots before its extension.
  const contentType = /(^|\/)\.*$/.test(mod.name) ? "text/plain; charset=utf-8" : "application/zip";
  const disposition = pytorrentAttachment(mod.name);
  return sendArchive(c, deps, { mod, held, disposition, contentType, address: "mod" });
}

/** The mod if it has an archive, published or taken over: `sendMod` looks whether the bytes are really there. */
export function withArchive(mod: Mod): Mod | null {
  return mod.current === null && mod.imported === null ? null : mod;
}
