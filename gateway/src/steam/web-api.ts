import type { ModId, Secret } from "@modfleet/protocol";
import type { Call } from "./fetch-call.ts";

/** Most ids of one GetPublishedFileDetails call. No limit is documented; this one is ours. */
export const ITEMS_PER_CALL = 100;

/** The calls we make of Steam, as its servers want them written. */
export type WebApi = {
  items(ids: readonly ModId[]): Call;
  collection(id: ModId): Call;
  app(app: number): Call;
  page(id: ModId): Call;
};

type Addresses = { apiUrl: string; storeUrl: string; communityUrl: string; key: Secret | null };

/** Builds calls for the given addresses; `key` goes along where Steam takes one. */
export function createWebApi(at: Addresses): WebApi {
  const key = at.key === null ? "" : `&key=${encodeURIComponent(at.key.reveal())}`;
  // Steam documents literal brackets; ids are digits, so nothing needs encoding.
  const ids = (list: readonly ModId[]): string => list.map((id, n) => `&publishedfileids[${n}]=${id}`).join("");
  const remote = (method: string): string => `${at.apiUrl}/ISteamRemoteStorage/${method}/v1/`;

  return {
    items: (list) => ({ url: remote("GetPublishedFileDetails"), form: `itemcount=${list.length}${ids(list)}${key}` }),
    collection: (id) => ({ url: remote("GetCollectionDetails"), form: `collectioncount=1${ids([id])}${key}` }),
    app: (app) => ({ url: `${at.storeUrl}/api/appdetails?appids=${app}&cc=US&l=english` }),
    page: (id) => ({ url: `${at.communityUrl}/sharedfiles/filedetails/?id=${id}` }),
  };
}
