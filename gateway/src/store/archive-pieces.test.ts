import { afterAll, describe, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { noise, piecesOf } from "../../test/pieces.ts";
import { hasSqld, type Sqld, startSqld } from "../../test/sqld.ts";
import { createPieceStore } from "./archive-pieces.ts";
import { type Database, isConstraintViolation } from "./database.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { createRemote } from "./remote.ts";

const SHA = "a1".repeat(32);
const OTHER = "b2".repeat(32);

/** What holds of every database: one after another, since they share it. */
function contract(open: () => Promise<Database>): void {
  test("pieces() gives back every byte that savePieces() took", async () => {
    const store = createPieceStore(await open());
    const few = piecesOf(noise(700), 256);
    const many = { pieceBytes: 16 * 1024 * 1024, hashes: new Uint8Array(noise(2_000 * 20)) };

    await store.savePieces(SHA, few);
    await store.savePieces(OTHER, many);

    expect(await store.pieces(SHA)).toEqual(few);
    expect(await store.pieces(OTHER)).toEqual(many);
    expect(await store.pieces("c3".repeat(32))).toBeNull();
  });

  test("savePieces() changes nothing that is there already", async () => {
    const store = createPieceStore(await open());
    const first = piecesOf(noise(700), 256);

    await store.savePieces(SHA, first);
    await store.savePieces(SHA, piecesOf(noise(900), 512));

    expect(await store.pieces(SHA)).toEqual(first);
  });

  test.each([
    [16_384, new Uint8Array()],
    [16_384, new Uint8Array(19)],
    [0, new Uint8Array(20)],
  ])("savePieces() refuses what cannot be pieces: %d, %j", async (pieceBytes, hashes) => {
    const store = createPieceStore(await open());

    const error = await store.savePieces("d4".repeat(32), { pieceBytes, hashes }).catch((reason: unknown) => reason);

    expect(isConstraintViolation(error)).toBe(true);
    expect(await store.pieces("d4".repeat(32))).toBeNull();
  });
}

describe("a local database", () => contract(testDatabase));

if (await hasSqld()) {
  describe("sqld", () => {
    let opened: Promise<{ server: Sqld; database: Database }> | null = null;
    afterAll(async () => {
      const { server, database } = (await opened) ?? {};
      await database?.close();
      await server?.stop();
    });
    contract(async () => {
      opened ??= openSqld();
      return (await opened).database;
    });
  });
}

async function openSqld(): Promise<{ server: Sqld; database: Database }> {
  const server = await startSqld();
  const database = createRemote({ url: server.http });
  await migrate(database, await readMigrations());
  return { server, database };
}
