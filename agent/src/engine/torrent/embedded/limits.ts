const MIB = 1024 ** 2;

/** Every wait and bound of the embedded client, in milliseconds and bytes; tests hand in a changed copy. */
export const EMBEDDED_LIMITS = {
  /** Connections that others made to us, all torrents together, and those of them that have not said yet what they want. */
  incomingMax: 200,
  pendingMax: 60,
  /** How long they have for that. */
  handshakeMs: 15_000,
  /** Connections that one torrent makes, and addresses that it remembers. */
  outgoingMax: 50,
  peersMax: 500,
  /** Tries of one address without a single handshake, until somebody names it again. */
  attemptsMax: 8,
  /** Longest message of a peer: blocks have at most 128 KiB, bitfields 50 KB. */
  messageBytesMax: MIB,
  /** Blocks that one side asks the other for at once; told to it as `reqq` (BEP 10), with room for those who do not listen. */
  requestsMax: 384,
  requestsBearable: 2_048,
  /** What waits for one peer that does not read. */
  sendBytesMax: 32 * MIB,
  /** Pieces that were wrong, until those who sent parts of them are cut off. */
  wrongPiecesMax: 3,
  /** Pieces that are kept for the next who asks. */
  cacheBytes: 16 * MIB,
  openFilesMax: 64,
  /** Torrents whose files are hashed at the same time. */
  checksMax: 2,
  announceMs: 30_000,
  announceBytesMax: MIB,
  /** A tracker's wish is followed between these two. */
  announceEveryMinMs: 60_000,
  announceEveryMaxMs: 60 * 60_000,
  /** After a failure; doubled for each further one, up to the tracker's interval. */
  announceAgainMs: 15_000,
  /** What leaving may take: nobody waits long for a tracker when the program ends. */
  goodbyeMs: 2_000,
  /** How long uTP connections have to say goodbye to each other when the client ends. */
  utpCloseMs: 1_000,
  /** One question to a UDP tracker, before it is asked again (BEP 15 says 15 s, and doubles it). */
  datagramMs: 5_000,
  datagramsMax: 3,
  webSeedMs: 120_000,
  /** After a failure of a web seed; doubled for each further one. */
  webSeedAgainMs: 5_000,
  webSeedAgainMaxMs: 10 * 60_000,
};
export type EmbeddedLimits = { readonly [Name in keyof typeof EMBEDDED_LIMITS]: number };
