import { createServer } from "node:http";
import { bencode } from "./a-torrent.ts";
import { endServer, listenOnLoopback } from "./loopback.ts";

/** What a client told the tracker. The hash in lower case; `event` is empty for a mere refresh. */
export type Announce = { infoHash: string; port: number; left: number; event: string };

export type FixedTracker = AsyncDisposable & {
  /** `http://127.0.0.1:…/announce`. */
  url: string;
  /** Ports on the peers' host that every answer names; a test changes them as the world would. */
  peers: number[];
  /** Newest last. */
  announces: Announce[];
  /** Answered in place of peers while it is set: why the tracker refuses. */
  failure: string | null;
};

/** A tracker over HTTP (BEP 3, compact answers of BEP 23) that names the same peers to everybody, for every torrent. */
export async function fixedTracker(peers: number[] = [], peersHost = "127.0.0.1"): Promise<FixedTracker> {
  const server = createServer((request, response) => {
    const announce = readAnnounce(request.url ?? "");
    if (announce === null) return void response.writeHead(404).end();
    tracker.announces.push(announce);
    response.writeHead(200, { "content-type": "text/plain" }).end(answer(tracker, peersHost));
  });
  const tracker: FixedTracker = {
    url: `http://127.0.0.1:${await listenOnLoopback(server)}/announce`,
    peers,
    announces: [],
    failure: null,
    [Symbol.asyncDispose]: () => endServer(server),
  };
  return tracker;
}

function answer({ peers, failure }: FixedTracker, host: string): Buffer {
  const address = host.split(".").map(Number);
  if (failure !== null) return bencode({ "failure reason": failure });
  const compact = Buffer.concat(peers.map((port) => Buffer.from([...address, port >> 8, port & 255])));
  return bencode({ interval: 1_800, complete: peers.length, incomplete: 0, peers: compact });
}

/** The hash is bytes and no UTF-8, so the query is read by hand. */
function readAnnounce(url: string): Announce | null {
  const [path, query = ""] = url.split("?");
  if (path !== "/announce") return null;
  const fields = new Map(query.split("&").map((pair) => [pair.split("=")[0] ?? "", pair.split("=")[1] ?? ""]));
  const hash = (fields.get("info_hash") ?? "").replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return {
    infoHash: Buffer.from(hash, "latin1").toString("hex"),
    port: Number(fields.get("port")),
    left: Number(fields.get("left")),
    event: fields.get("event") ?? "",
  };
}
