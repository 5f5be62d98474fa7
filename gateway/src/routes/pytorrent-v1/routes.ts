import type { Deps } from "../../deps.ts";
import type { Api } from "../api.ts";

/** PyTorrent's first interface, under `/v1`. */
export function pytorrentV1(_api: Api, _deps: Deps): void {}
