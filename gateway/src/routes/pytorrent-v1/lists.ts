import type { Deps } from "../../deps.ts";
import type { OffsetPage } from "../../domain/shelf.ts";
import { gameRow, modRow } from "./rows.ts";

type Window = { limit: bigint; offset: bigint };

/** A list of the first interface: what its answer repeats of the question, and its rows as text. */
export type V1List = {
  asked: { pageSize: bigint; pageNumber: bigint; source: string; game?: bigint };
  read: (window: Window) => Promise<OffsetPage<string>>;
};

/** Beyond this many rows an answer is sent while it is read, so that a list of everything needs no more memory than a page. */
export const ROWS_AT_ONCE_MAX = 1_000;

const everySource = "ALL";

export function modsList({ shelf }: Pick<Deps, "shelf">, asked: Required<V1List["asked"]>): V1List {
  const origin = asked.source === everySource ? null : asked.source;
  const read = async (window: Window) => asText(await shelf.shelfOf(asked.game, { ...window, origin }), modRow);
  return { asked, read };
}

export function gamesList({ shelf }: Pick<Deps, "shelf">, asked: V1List["asked"]): V1List {
  const origin = asked.source === everySource ? null : asked.source;
  const read = async (window: Window) => asText(await shelf.shelfGamesByAge({ ...window, origin }), gameRow);
  return { asked, read };
}

function asText<Item>({ total, items }: OffsetPage<Item>, toText: (item: Item) => string): OffsetPage<string> {
  return { total, items: items.map(toText) };
}

/** Whether the answer is too large to be made as a whole. A size below zero asks for everything, as SQLite has it. */
export function isLarge({ asked }: V1List): boolean {
  return asked.pageSize < 0n || asked.pageSize > ROWS_AT_ONCE_MAX;
}

/** The answer in pieces, at most `ROWS_AT_ONCE_MAX` rows each. What comes onto the shelf meanwhile may be in it or not. */
export async function* pieces(list: V1List): AsyncGenerator<string> {
  const { pageSize, pageNumber } = list.asked;
  const most = BigInt(ROWS_AT_ONCE_MAX);
  const first = pageSize * pageNumber;
  let offset = first < 0n ? 0n : first;
  let left = pageSize < 0n ? null : pageSize;
  let isStarted = false;
  for (;;) {
    const limit = left === null || left > most ? most : left;
    const { total, items } = await list.read({ limit, offset });
    const rows = items.join(",");
    yield isStarted ? (rows === "" ? "" : `,${rows}`) : `${head(list, total)}${rows}`;
    isStarted = true;
    offset += limit;
    if (left !== null) left -= limit;
    if (BigInt(items.length) < limit || left === 0n) break;
  }
  yield "]}";
}

function head({ asked }: V1List, total: number): string {
  const { pageSize, pageNumber, source, game } = asked;
  const request = [
    `"page_size":${pageSize}`,
    `"page_number":${pageNumber}`,
    `"offeset":${pageSize * pageNumber}`,
    `"source":${JSON.stringify(source)}`,
    ...(game === undefined ? [] : [`"game_id":${game}`]),
  ];
  return `{"database_size":${total},"request":{${request.join(",")}},"results":[`;
}
