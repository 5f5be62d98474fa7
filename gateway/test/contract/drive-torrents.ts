import type { Drive } from "./drive.ts";

/** Torrents of archives, with every answer they have. */
export async function driveTorrents({ gateway, get, cached }: Drive): Promise<void> {
  const { version } = await gateway.addArchive();
  const torrent = `/api/mods/${version.mod}/versions/${version.key}/torrent`;
  await cached(torrent);
  await get(torrent, { "if-match": '"another"' });
  await get(`${torrent}?surprise=1`);
  await get("/api/mods/1/versions/1/torrent");
  const { piecesOf } = gateway.deps;
  gateway.deps.piecesOf = async () => ({ kind: "later", retryAfterSeconds: 5 });
  await get(torrent);
  gateway.deps.piecesOf = piecesOf;
}
