import { ModId } from "@modfleet/protocol";

/** The item somebody means: its number, or the address of its Workshop page in any of Steam's forms; null for neither. */
export function workshopId(text: string): ModId | null {
  const trimmed = text.trim();
  const id = ModId.safeParse(trimmed);
  if (id.success) return id.data;
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  if (url === null) return null;
  const named = url.protocol === "steam:" ? /\/CommunityFilePage\/(\d+)/i.exec(url.href)?.[1] : idOfPage(url);
  const parsed = ModId.safeParse(named);
  return parsed.success ? parsed.data : null;
}

function idOfPage({ hostname, searchParams }: URL): string | null {
  return hostname === "steamcommunity.com" || hostname === "www.steamcommunity.com" ? searchParams.get("id") : null;
}
