import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../../test/archives.ts";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aGameRow, aGenreRow, aShelfRow, aTagRow, putOnShelf } from "../../../test/shelf-facts.ts";
import { createApp } from "../../app.ts";
import { createCatalogueStore } from "../../store/catalogue.ts";
import { createEmbedded } from "../../store/embedded.ts";

const ITEM = "9000000101";
const READERS = [
  "/list/mods/?page_size=50&sort=NAME",
  "/list/mods/?sort=iDOWNLOADS&name=mod",
  "/list/games/?page_size=50",
  "/list/tags/294100?page_size=50",
  "/list/genres",
  `/list/resources_mods/${ITEM}`,
  `/info/mod/${ITEM}?dependencies=true`,
  "/info/mod/5",
  "/info/game/294100",
  `/condition/mod/[5,${ITEM}]`,
  "/api/mods?facets=1",
  `/api/mods/${ITEM}`,
];

let folder: Awaited<ReturnType<typeof tempFolder>>;
let gateway: TestGateway;

beforeEach(async () => {
  folder = await tempFolder();
  gateway = await testGateway({ path: join(folder.path, "modfleet.db") });
  await putOnShelf(gateway.deps.database, [aGameRow({ id: 294_100 }), aShelfRow({ id: 5n, games: [294_100] })]);
  await gateway.addArchive();
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const ask = (app: TestGateway["app"]) =>
  Promise.all(READERS.map(async (path) => (await app.request(`http://localhost${path}`)).text()));

/** Another connection to the same file, as another process has. */
async function elsewhere(write: (other: ReturnType<typeof createEmbedded>) => Promise<unknown>): Promise<void> {
  const other = createEmbedded({ path: join(folder.path, "modfleet.db") });
  await write(other);
  await other.close();
}

const IMPORTED = [
  aTagRow(900),
  aGenreRow(901),
  aGameRow({ id: 902, genres: [901] }),
  aShelfRow({ id: 903n, games: [902] }),
];

const GAME = {
  app: 294_100,
  name: "RimWorld",
  kind: "game",
  shortDescription: "",
  description: "",
  logoUrl: null,
  genres: [{ id: 23, name: "Indie" }],
} as const;

type Change = () => Promise<unknown>;
const WRITES: [what: string, write: Change][] = [
  ["a file was sent", async () => (await gateway.get(`/download/${ITEM}`)).arrayBuffer()],
  ["Steam said something new", () => gateway.deps.catalogue.saveItem(anItem({ title: "Mod of another name" }), 2)],
  ["a new version was published", () => gateway.addArchive({ item: { id: "77", title: "Mod 77", tags: ["New"] } })],
  ["Steam described a game", () => gateway.deps.catalogue.saveApp(GAME, 2)],
  ["a job began", () => gateway.addJob({ state: "queued" }, { mod: ITEM })],
  ["rows were taken over", () => putOnShelf(gateway.deps.database, IMPORTED)],
  ["another process took rows over", () => elsewhere((other) => putOnShelf(other, IMPORTED))],
  [
    "another process saved an item",
    () => elsewhere((other) => createCatalogueStore(other).saveItem(anItem({ title: "Mod of theirs" }), 2)),
  ],
  [
    "a picture came",
    () =>
      elsewhere((other) =>
        other.write({ sql: `INSERT INTO media (mod_id, kind, url, at) VALUES (${ITEM}, 'logo', 'https://x', 1)` }),
      ),
  ],
];

test.each(WRITES)("no answer is older than the moment when %s", async (_what, write) => {
  const before = await ask(gateway.app);

  await write();
  const after = await ask(gateway.app);

  // An app that has answered nothing yet knows nothing old.
  expect(after).toEqual(await ask(createApp(gateway.deps)));
  expect(after).not.toEqual(before);
});

test("an answer is made once for as long as nothing changes", async () => {
  const { shelf } = gateway.deps;
  let made = 0;
  const app = createApp({
    ...gateway.deps,
    shelf: {
      ...shelf,
      findShelfMod: (id) => {
        made += 1;
        return shelf.findShelfMod(id);
      },
    },
  });

  const answers = await Promise.all(
    ["", "?x=1", "?dependencies=0"].map((query) => app.request(`/info/mod/${ITEM}${query}`)),
  );
  await app.request(`/info/mod/+${ITEM}`);

  expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  expect(made).toBe(1);
});

test("an answer that the client has is not sent again until it changes", async () => {
  const path = `/info/mod/${ITEM}`;
  const first = await gateway.get(path);
  const etag = first.headers.get("etag") ?? "";

  const same = await gateway.get(path, { "if-none-match": etag });
  await gateway.deps.catalogue.saveItem(anItem({ title: "Another" }), 2);
  const changed = await gateway.get(path, { "if-none-match": etag });

  expect([first.status, same.status, changed.status]).toEqual([200, 304, 200]);
  expect(await same.text()).toBe("");
  expect(same.headers.get("access-control-allow-origin")).toBe("*");
  expect(first.headers.get("cache-control")).toBe("public, no-cache");
});
