import { heldArchive } from "../../actions/held-archive.ts";
import type { Mod } from "../../domain/catalogue.ts";
import type { AppContext } from "../app-env.ts";
import { pytorrentAttachment } from "../content-disposition.ts";
import { type SendDeps, sendArchive } from "../send-archive.ts";
import { pytorrentType } from "./archive-type.ts";

/** The archive as PyTorrent sent it, with everything HTTP can do about it; null when its bytes are not here. */
export async function sendMod(c: AppContext, deps: SendDeps, mod: Mod): Promise<Response | null> {
  const held = await heldArchive(deps, mod);
  if (held === null) return null;
  const contentType = pytorrentType(mod.name);
  const disposition = pytorrentAttachment(mod.name);
  return sendArchive(c, deps, { mod, held, disposition, contentType, address: "mod" });
}
