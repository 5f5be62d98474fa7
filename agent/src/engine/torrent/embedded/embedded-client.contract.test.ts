import { embedded } from "../../../../test/embedded-torrents.ts";
import { describeTorrentClient } from "../client.contract.ts";

describeTorrentClient("embedded WebTorrent", async () => {
  const client = await embedded();
  return { client, [Symbol.asyncDispose]: () => client.close() };
});
