import { type DownloadList, OPEN_MAX } from "./download-list.ts";
import type { Downloads } from "./downloads.ts";
import { isDownloadUrl } from "./url-form.ts";

/** What the console thinks of a frame that should be a URL. */
export type Verdict = { kind: "accepted"; total: number | null } | Refused;
export type Refused = { kind: "format" | "dead" | "page" | "full" } | { kind: "already"; path: string };

export type CheckParts = { downloads: Pick<Downloads, "look">; list: Pick<DownloadList, "pathOf" | "counts"> };

/** Judges a URL, in this order: its form, its server, what it is, whether its file is here. Null is a frame without a text. */
export async function checkUrl(
  url: string | null,
  { downloads, list }: CheckParts,
  signal: AbortSignal,
): Promise<Verdict> {
  if (url === null || !isDownloadUrl(url)) return { kind: "format" };
  if (list.counts().open >= OPEN_MAX) return { kind: "full" };
  const look = await downloads.look(url, signal);
  if (look.kind !== "file") return look;
  const path = list.pathOf(url);
  return path === null ? { kind: "accepted", total: look.total } : { kind: "already", path };
}
