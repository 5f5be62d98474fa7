// The package has no types of its own. Only what is used here is described, names that begin with `_` included: where WebTorrent
// has no hook of its own, a method of one object is replaced (see guard-*.ts).
declare module "webtorrent" {
  import type { EventEmitter } from "node:events";
  import type { Server } from "node:net";
  import type { Duplex } from "node:stream";
  import type { Wire } from "webtorrent/lib/webconn.js";

  export type Settings = {
    peerId?: string;
    torrentPort: number;
    dht: boolean | object;
    tracker: false;
    lsd: false;
    natUpnp: false;
    natPmp: false;
    webSeeds: false;
    /** 0: never encrypted; 1: as the other side wants. */
    secure: 0 | 1;
    maxConns: number;
  };

  /** What `parse-torrent` makes of a torrent; an object of this shape is taken as it is. */
  export type Parsed = {
    infoHash: string;
    announce: string[];
    urlList: string[];
    private?: boolean;
    name?: string;
    info?: object;
    files?: { path: string; name: string; length: number; offset: number }[];
    length?: number;
    pieceLength?: number;
    lastPieceLength?: number;
    /** Hexadecimal. */
    pieces?: string[];
  };

  export type ChunkStore = {
    chunkLength: number;
    put(index: number, bytes: Uint8Array, done: (error: Error | null) => void): void;
    /** The options may be left out. */
    get(index: number, options: Part | null | Got, done?: Got): void;
    close(done: (error: Error | null) => void): void;
    destroy(done: (error: Error | null) => void): void;
  };
  export type Got = (error: Error | null, bytes?: Uint8Array) => void;
  export type Part = { offset?: number; length?: number };

  export type AddSettings = {
    path?: string;
    preloadedStore?: ChunkStore;
    storeCacheSlots?: number;
    bitfield?: Uint8Array;
    deselect?: boolean;
  };

  export interface Peer extends EventEmitter {
    id: string;
    type: string;
    addr: string | null;
    conn: { remoteAddress?: string } | null;
    destroyed: boolean;
    destroy(error?: Error): void;
  }

  export class Torrent extends EventEmitter {
    client: WebTorrent;
    infoHash: string;
    destroyed: boolean;
    ready: boolean;
    downloadSpeed: number;
    uploadSpeed: number;
    wires: Wire[];
    pieces: unknown[];
    select(first: number, last: number): void;
    addPeer(address: string, source?: string): boolean;
    addWebSeed(connection: { connId: string }): void;
    removePeer(address: string): void;
    destroy(options: { destroyStore: boolean }, done: () => void): void;
    _peers: Map<string, Peer> | null;
    _addPeer(address: string, type: "tcp" | "utp", source?: string): Peer | null;
    _addIncomingPeer(peer: Peer): void;
    /** Asks peers for what can be asked for. */
    _update(): void;
    _verifyPieces(done: (error: Error | null) => void): void;
  }

  export interface UtpServer extends EventEmitter {
    connections: { destroy(): void }[];
    /** Closes when it has been told to and has no connections any more. */
    _closeMaybe(): void;
  }

  export type ConnectionPool = {
    tcpServer: Server;
    utpServer?: UtpServer;
    _pendingConns: Set<Duplex> | null;
    _onConnection(connection: Duplex, type: "tcp" | "utp"): void;
  };

  class WebTorrent extends EventEmitter {
    static VERSION: string;
    static UTP_SUPPORT: boolean;
    constructor(settings: Settings);
    peerId: string;
    torrentPort: number;
    utp: boolean;
    secure: 0 | 1;
    destroyed: boolean;
    add(torrent: Parsed, settings: AddSettings): Torrent;
    throttleDownload(rate: number): void;
    throttleUpload(rate: number): void;
    destroy(done: () => void): void;
    _connPool: ConnectionPool | null;
  }

  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export { WebTorrent as default };
}

declare module "webtorrent/lib/webconn.js" {
  import { Duplex } from "node:stream";
  import type { Torrent } from "webtorrent";

  /** One connection to a peer, or to a web seed. */
  export class Wire extends Duplex {
    type: "" | "tcpIncoming" | "tcpOutgoing" | "utpIncoming" | "utpOutgoing" | "webSeed";
    peerId: string | null;
    remoteAddress?: string;
    remotePort?: number;
    /** Blocks that the peer wants and has not got yet. */
    peerRequests: unknown[];
    extendedHandshake: Record<string, unknown>;
    peerExtendedHandshake: Record<string, unknown>;
    extendedMapping: Record<number, string>;
    ut_metadata?: MetadataExtension;
    /** Of streamx: the bytes that wait to be sent. */
    _readableState: { buffered: number };
    /** Of streamx, which has no encoding between the two. */
    override _write(bytes: Uint8Array, done: (error: Error | null) => void): void;
    _processBuffer(): void;
    _parse(size: number, parser: (bytes: Uint8Array) => void): void;
    _onMessageLength(bytes: Uint8Array): void;
    _onHave(index: number): void;
    _onAllowedFast(index: number): void;
    _onRequest(index: number, offset: number, length: number): void;
    _onExtended(extension: number, bytes: Uint8Array): void;
  }

  export type MetadataExtension = {
    setMetadata(metadata: Uint8Array): Promise<boolean>;
    cancel(): void;
  };

  /** A web seed that looks like a peer: it answers requests for pieces with `httpRequest`. */
  class WebConn extends Wire {
    constructor(url: string, torrent: Torrent);
    url: string;
    connId: string;
    httpRequest(
      piece: number,
      offset: number,
      length: number,
      done: (error: Error | null, bytes?: Uint8Array) => void,
    ): Promise<void>;
  }

  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export { WebConn as default };
}
