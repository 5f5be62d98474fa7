import type { Reach } from "./ask-source.ts";
import { type Drained, type DrainOptions, drainBody } from "./drain-body.ts";
import type { Seat } from "./host-seats.ts";
import { openSource, type SourceResponse } from "./open-source.ts";
import { type Answer, readAnswer } from "./read-answer.ts";
import { ifRangeOf, type RemoteFile } from "./remote-file.ts";
import type { Piece } from "./segments.ts";
import { broken, type Trouble, troubleOfError } from "./trouble.ts";

export type PieceRequest = Reach & {
  /** Where this source answered last; the first address again after a failure. */
  address: string;
  file: RemoteFile;
  /** Null: the whole file, from its first byte. */
  range: { from: number; to: number } | null;
  acceptPages: boolean;
  seat: Seat;
  /** Called with the answer's head, before its bytes. */
  onAnswer(response: SourceResponse): void;
  drain: Omit<DrainOptions, "sentTo" | "signal">;
  signal: AbortSignal;
};

/** How one request for bytes ended. Only `done` brought all that was asked for, or the server's shorter part of it. */
export type PieceEnd =
  | { kind: "done" }
  | { kind: "slow"; failure: Trouble["failure"] }
  | Exclude<Answer, { kind: "bytes" }>;

/** Fetches `piece`, or the part of it that the server sends. Throws only what the disk throws. */
export async function fetchPiece(piece: Piece, request: PieceRequest): Promise<PieceEnd> {
  const { address, file, range, signal } = request;
  const validator = ifRangeOf(file);
  const headers = {
    ...(range !== null ? { range: `bytes=${range.from}-${range.to - 1}` } : {}),
    ...(range !== null && validator !== null ? { "if-range": validator } : {}),
  };
  let response: SourceResponse;
  try {
    response = await openSource(address, { ...request, method: "GET", headers });
  } catch (error) {
    return troubleOfError(error, address);
  }
  try {
    const answer = readAnswer(response, request);
    if (answer.kind !== "bytes") return answer;
    request.onAnswer(response);
    const drained = await drainBody(response.body, piece, { ...request.drain, sentTo: answer.to, signal });
    return toEnd(drained, piece, { ...request, sentTo: answer.to });
  } finally {
    response.body.destroy();
  }
}

function toEnd(
  drained: Drained,
  piece: Piece,
  { address, file, range, sentTo }: PieceRequest & { sentTo: number },
): PieceEnd {
  switch (drained.kind) {
    case "broken":
      return troubleOfError(drained.error, address);
    case "too_much":
      return range === null ? { kind: "changed" } : { kind: "unranged" };
    case "slow":
      return { kind: "slow", failure: { code: "source_unreachable", detail: `${address} is too slow` } };
    case "done":
      // The only end that an unknown size has.
      if (file.total === null) piece.to = piece.received;
      return piece.received < Math.min(piece.to, sentTo) ? broken(`${address} ended early`) : drained;
  }
}
