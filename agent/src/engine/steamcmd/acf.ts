import { type KeyValues, parseKeyValues, sectionOf, textOf } from "./key-values.ts";

/** What Steam's own state file says about an item. SteamCMD decides "installed" from it, not from the files. */
export type AcfState =
  | { kind: "installed"; manifest: string | null }
  /** A failure Steam remembers (manifest "-1"): it would be repeated without asking the network. */
  | { kind: "cached-failure" }
  | { kind: "absent" };

/** Reads `appworkshop_APP.acf` for one item. The manifest is the version key: the depot's manifest, or a legacy item's UGC handle. */
export function readAcf(text: string, item: string): AcfState {
  const root = sectionOf(parseKeyValues(text), "AppWorkshop");
  const installed = sectionOf(sectionOf(root, "WorkshopItemsInstalled"), item);
  const details = sectionOf(sectionOf(root, "WorkshopItemDetails"), item);

  const manifest = versionOf(installed) ?? versionOf(details);
  const bytes = Number(textOf(installed, "size") ?? 0);
  if (installed.size > 0 && (manifest !== null || bytes > 0)) return { kind: "installed", manifest };
  return { kind: installed.size + details.size > 0 && manifest === null ? "cached-failure" : "absent" };
}

/** Legacy items have manifest "-1" and a UGC handle, which the file shows as a signed and the Web API as an unsigned number. */
function versionOf(item: KeyValues): string | null {
  const manifest = textOf(item, "manifest") ?? "";
  if (/^[1-9]\d{0,19}$/.test(manifest)) return manifest;
  const handle = textOf(item, "ugchandle") ?? "";
  if (!/^-?[1-9]\d{0,19}$/.test(handle)) return null;
  const unsigned = BigInt.asUintN(64, BigInt(handle));
  // All bits set is Steam's "no handle".
  return unsigned === 2n ** 64n - 1n ? null : unsigned.toString();
}
