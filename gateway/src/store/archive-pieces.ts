import type { Sha256 } from "@modfleet/protocol";
import { z } from "zod";
import type { ArchivePieces } from "../domain/pieces.ts";
import type { Database } from "./database.ts";

/** The pieces of archives, for their torrents. */
export interface PieceStore {
  /** Null for an archive that was published before pieces were kept, until somebody makes them. */
  pieces(sha256: Sha256): Promise<ArchivePieces | null>;
  /** Stores the pieces, before the archive is published or whenever they were made. Repeating it is harmless. */
  savePieces(sha256: Sha256, pieces: ArchivePieces): Promise<void>;
}

const PiecesRow = z
  .object({ piece_bytes: z.number(), hashes: z.instanceof(Uint8Array) })
  .transform(({ piece_bytes, hashes }): ArchivePieces => ({ pieceBytes: piece_bytes, hashes: new Uint8Array(hashes) }));

export function createPieceStore(database: Database): PieceStore {
  return {
    async pieces(sha256) {
      const sql = "SELECT piece_bytes, hashes FROM archive_pieces WHERE archive = unhex(:sha256)";
      const [row] = await database.read({ sql, args: { sha256 } });
      return row === undefined ? null : PiecesRow.parse(row);
    },
    async savePieces(sha256, { pieceBytes, hashes }) {
      await database.write({
        // The same bytes have the same pieces, and a torrent that was handed out must stay what it is.
        sql: `INSERT INTO archive_pieces (archive, piece_bytes, hashes) VALUES (unhex(:sha256), :pieceBytes, :hashes)
              ON CONFLICT DO NOTHING`,
        args: { sha256, pieceBytes, hashes },
      });
    },
  };
}
