import { MOD_ID_RULE, ModId } from "@modfleet/protocol";

const HOSTS: readonly string[] = ["steamcommunity.com", "www.steamcommunity.com"];
const PATHS = /^\/(sharedfiles|workshop)\/filedetails\/?$/;
const EXAMPLE = "https://steamcommunity.com/sharedfiles/filedetails/?id=123456789";

export type Target = { ok: true; id: ModId } | { ok: false; problem: string };

/** A Workshop id, or the address of its page as people copy it. Junk is a value with the rule in it. */
export function parseTarget(text: string): Target {
  const trimmed = text.trim();
  const url = /^(https?:\/\/|(www\.)?steamcommunity\.com\/)/i.test(trimmed) ? parseAddress(trimmed) : null;
  const id = ModId.safeParse(url === null ? trimmed : url.searchParams.get("id"));
  if (id.success) return { ok: true, id: id.data };
  const shown = JSON.stringify(trimmed.slice(0, 80));
  return {
    ok: false,
    problem: `Cannot read ${shown}: give a Workshop id, ${MOD_ID_RULE}, or an address like ${EXAMPLE}`,
  };
}

function parseAddress(text: string): URL | null {
  const url = URL.parse(/^https?:/i.test(text) ? text : `https://${text}`);
  return url !== null && HOSTS.includes(url.hostname) && PATHS.test(url.pathname) ? url : null;
}
