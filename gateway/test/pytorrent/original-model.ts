import Libsql from "libsql";

/** The original's answers to its reads, by plain SQL over its own files: what our library must answer after the import. */
export type OriginalModel = { answer(target: string): unknown; close(): void };

type Row = Record<string, unknown>;
type Value = string | number | null;

const MOD_KEYS = ["id", "name", "description", "size", "condition", "source", "downloads"];
const GAME_KEYS = [
  "id",
  "name",
  "type",
  "logo",
  "short_description",
  "description",
  "mods_downloads",
  "mods_count",
  "source",
];

const MOD_SORTS: Readonly<Record<string, string>> = {
  NAME: "name",
  SIZE: "size",
  DATE_CREATION: "date_creation",
  DATE_UPDATE: "date_update",
  DATE_REQUEST: "date_request",
  SOURCE: "source",
  DOWNLOADS: "downloads",
};
const GAME_SORTS: Readonly<Record<string, string>> = {
  NAME: "name",
  TYPE: "type",
  CREATION_DATE: "creation_date",
  SOURCE: "source",
  MODS_COUNT: "mods_count",
};

export function originalModel(path: string): OriginalModel {
  const database = new Libsql(path);
  const all = (sql: string, args: readonly Value[] = []): Row[] => rowsOf(database.prepare(sql).all([...args]));
  const routes: readonly [RegExp, (part: string, query: URLSearchParams) => unknown][] = [
    [/^\/list\/mods\/$/, (_, query) => mods(all, query)],
    [/^\/list\/games\/$/, (_, query) => games(all, query)],
    [/^\/list\/tags\/(\d+)$/, (id, query) => page(all, query, tagsOf(id))],
    [/^\/list\/genres$/, (_, query) => page(all, query, { from: "genres", where: [], args: [], order: "id" }, label)],
    [/^\/list\/resources_mods\/(\d+)$/, (id, query) => resources(all, id, query)],
    [/^\/info\/mod\/(\d+)$/, (id, query) => mod(all, id, query)],
    [
      /^\/info\/game\/(\d+)$/,
      (id) => ({ result: all("SELECT * FROM games WHERE id = ?", [id]).map(toGame)[0] ?? null }),
    ],
    [/^\/condition\/mod\/(.+)$/, (ids) => conditions(all, ids)],
    [/^\/statistics\/info\/all$/, () => summary(all)],
  ];
  return {
    answer(target) {
      const { pathname, searchParams } = new URL(target, "http://x");
      for (const [pattern, make] of routes) {
        const found = pattern.exec(decodeURIComponent(pathname));
        if (found) return make(found[1] ?? "", searchParams);
      }
      throw new RangeError(`The model knows nothing about ${target}`);
    },
    close: () => void database.close(),
  };
}

/** Holds because SQLite's rows are objects by column. */
function rowsOf(rows: readonly unknown[]): Row[] {
  return rows as Row[];
}

type All = (sql: string, args?: readonly Value[]) => Row[];
type Part = { from: string; where: string[]; args: Value[]; order: string };

function page(all: All, query: URLSearchParams, part: Part, convert: (row: Row) => unknown = label) {
  const size = Number(query.get("page_size") ?? 10);
  const offset = size * Number(query.get("page") ?? 0);
  const where = ["TRUE", ...part.where].join(" AND ");
  const [count] = all(`SELECT count(*) AS n FROM ${part.from} WHERE ${where}`, part.args);
  const rows = all(
    `SELECT * FROM ${part.from} WHERE ${where} ORDER BY ${part.order} LIMIT ${size} OFFSET ${offset}`,
    part.args,
  );
  return { database_size: count?.["n"], offset, results: rows.map(convert) };
}

const label = ({ id, name }: Row): unknown => ({ id, name });
const list = (text: string | null): Value[] => (text === null ? [] : JSON.parse(text));
const marks = (values: readonly Value[]): string => values.map(() => "?").join(", ");

function oneOf(column: string, values: readonly Value[]): Part["where"] {
  return values.length === 0 ? [] : [`${column} IN (${marks(values)})`];
}

function like(query: URLSearchParams): { where: string[]; args: Value[] } {
  const name = query.get("name") ?? "";
  return name === "" ? { where: [], args: [] } : { where: ["lower(name) LIKE lower(?)"], args: [`%${name}%`] };
}

function mods(all: All, query: URLSearchParams) {
  const sort = query.get("sort") ?? "DOWNLOADS";
  const column = MOD_SORTS[sort.replace(/^i/, "")];
  const order = column === undefined ? "downloads" : `${column} ${sort.startsWith("i") ? "DESC" : "ASC"}`;
  const [tags, wanted, sources] = [
    list(query.get("tags")),
    list(query.get("games")),
    list(query.get("primary_sources")),
  ];
  const name = like(query);
  const tag =
    "EXISTS (SELECT 1 FROM unity_mods_tags u JOIN tags t ON t.id = u.tag_id WHERE u.mod_id = mods.id AND t.id = ?)";
  const game =
    "EXISTS (SELECT 1 FROM unity_games_mods u JOIN games g ON g.id = u.game_id WHERE u.mod_id = mods.id AND g.id = ?)";
  const free = "NOT EXISTS (SELECT 1 FROM unity_mods_dependencies u WHERE u.mod_id = mods.id)";
  const part = {
    from: "mods",
    where: [
      ...tags.map(() => tag),
      ...wanted.map(() => game),
      ...oneOf("source", sources),
      ...(query.get("dependencies") === "true" ? [free] : []),
      ...name.where,
    ],
    args: [...tags, ...wanted, ...sources, ...name.args],
    order: `${order}, id`,
  };
  return page(all, query, part, toMod);
}

function games(all: All, query: URLSearchParams) {
  const sort = query.get("sort") ?? "MODS_DOWNLOADS";
  const column = GAME_SORTS[sort.replace(/^i/, "")];
  const fallback = sort === "MODS_DOWNLOADS" ? "mods_downloads" : "mods_downloads DESC";
  const order = column === undefined ? fallback : `${column} ${sort.startsWith("i") ? "DESC" : "ASC"}`;
  const [genres, kinds, sources] = [
    list(query.get("genres")),
    list(query.get("type_app")),
    list(query.get("primary_sources")),
  ];
  const name = like(query);
  const genre =
    "EXISTS (SELECT 1 FROM unity_games_genres u JOIN genres g ON g.id = u.genre_id WHERE u.game_id = games.id AND g.id = ?)";
  const part = {
    from: "games",
    where: [...genres.map(() => genre), ...oneOf("source", sources), ...oneOf("type", kinds), ...name.where],
    args: [...genres, ...sources, ...kinds, ...name.args],
    order: `${order}, id`,
  };
  return page(all, query, part, toGame);
}

function tagsOf(game: string): Part {
  const allowed =
    "EXISTS (SELECT 1 FROM unity_allowed_mods_tags u JOIN games g ON g.id = u.game_id WHERE u.tag_id = tags.id AND g.id = ?)";
  return { from: "tags", where: [allowed], args: [game], order: "id" };
}

function resources(all: All, mod: string, query: URLSearchParams) {
  const kinds = list(query.get("types_resources"));
  const part = {
    from: "resources_mods",
    where: ["owner_id = ?", ...oneOf("type", kinds)],
    args: [mod, ...kinds],
    order: "id",
  };
  return page(all, query, part, ({ id, type, url, date_event, owner_id }) => ({
    ...{ id, type, url, owner_id },
    date_event: toDate(date_event),
  }));
}

function mod(all: All, id: string, query: URLSearchParams) {
  const result = all("SELECT * FROM mods WHERE id = ?", [id]).map(toMod)[0] ?? null;
  if (query.get("dependencies") !== "true") return { result };
  const needed = all("SELECT dependence FROM unity_mods_dependencies WHERE mod_id = ? ORDER BY rowid", [id]);
  return {
    result,
    dependencies: needed.slice(0, 20).map((row) => row["dependence"]),
    dependencies_count: needed.length,
  };
}

function conditions(all: All, ids: string) {
  const wanted = list(ids);
  const rows = all(`SELECT id, condition FROM mods WHERE id IN (${marks(wanted)}) ORDER BY id`, wanted);
  return Object.fromEntries(rows.map(({ id, condition }) => [String(id), condition]));
}

function summary(all: All) {
  const one = (sql: string): unknown => all(`SELECT (${sql}) AS n`)[0]?.["n"];
  return {
    mods: one("SELECT count(*) FROM mods"),
    games: one("SELECT count(*) FROM games"),
    genres: one("SELECT count(*) FROM genres"),
    mods_tags: one("SELECT count(*) FROM tags"),
    mods_dependencies: one("SELECT count(DISTINCT mod_id) FROM unity_mods_dependencies"),
    mods_sent_count: one("SELECT sum(mods_downloads) FROM games"),
  };
}

const pick = (row: Row, keys: readonly string[]): Row => Object.fromEntries(keys.map((key) => [key, row[key]]));
const toDate = (text: unknown): unknown =>
  typeof text === "string" ? text.replace(" ", "T").replace(/\.000000$/, "") : text;
const toGame = (row: Row): Row => ({ ...pick(row, GAME_KEYS), creation_date: toDate(row["creation_date"]) });
const toMod = (row: Row): Row => ({
  ...pick(row, MOD_KEYS),
  date_creation: toDate(row["date_creation"]),
  date_update: toDate(row["date_update"]),
  date_request: toDate(row["date_request"]),
});
