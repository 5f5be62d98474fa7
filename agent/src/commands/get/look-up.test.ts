import { expect, test } from "vitest";
import { anItem, fakeSteamApi } from "../../../test/fake-steam-api.ts";
import { lookUp } from "./look-up.ts";

const options = (api: string) => ({ api, fetch, signal: new AbortController().signal });

test.each([
  ["depot items", anItem(), { app: 294_100, title: "Example Mod", bytes: 4_193_021, fileUrl: null }],
  ["sizes that are numbers", anItem({ file_size: 7 }), { bytes: 7 }],
  ["items without a size", anItem({ file_size: "" }), { bytes: null }],
  ["legacy items", anItem({ file_url: "http://files.example/x" }), { fileUrl: "http://files.example/x" }],
  ["addresses that are none", anItem({ file_url: "javascript:alert(1)" }), { fileUrl: null }],
  ["items that name their game only once", anItem({ consumer_app_id: 0, creator_app_id: 550 }), { app: 550 }],
])("lookUp() understands %s", async (_what, details, expected) => {
  await using steam = await fakeSteamApi({ items: { "42": details } });

  expect(await lookUp("42", options(steam.url))).toMatchObject({ kind: "item", item: { id: "42", ...expected } });
});

test("lookUp() takes an item without content that is no collection", async () => {
  await using steam = await fakeSteamApi({ items: { "42": anItem({ hcontent_file: "", file_size: "0" }) } });

  expect(await lookUp("42", options(steam.url))).toMatchObject({ kind: "item", item: { bytes: null } });
});

test.each([
  ["HTML", { status: 200, body: "<html>Steam is down</html>" }, "not JSON"],
  ["half an answer", { status: 200, body: '{"response": {"publi' }, "not JSON"],
  ["other JSON", { status: 200, body: "null" }, "makes no sense"],
  ["too much", { status: 200, body: " ".repeat(5_000_000) }, "too long"],
  ["429", { status: 429, body: "" }, "slow down"],
  ["503", { status: 503, body: "" }, "answered 503"],
])("lookUp() makes a problem in one line of %s", async (_what, instead, text) => {
  await using steam = await fakeSteamApi({ instead });

  const answer = await lookUp("42", options(steam.url));

  expect(answer).toEqual({ kind: "problem", problem: expect.stringContaining(text) });
});

test("lookUp() says where it could not connect", async () => {
  const steam = await fakeSteamApi({});
  await steam[Symbol.asyncDispose]();

  const answer = await lookUp("42", options(steam.url));

  expect(answer).toEqual({
    kind: "problem",
    problem: expect.stringMatching(`${steam.url}.*ECONNREFUSED.*Check the connection`),
  });
});

test.each([
  ["items of no game", anItem({ consumer_app_id: 0, creator_app_id: 0 }), "which game"],
  ["other results", anItem({ result: 84 }), "result 84"],
])("lookUp() refuses %s", async (_what, details, text) => {
  await using steam = await fakeSteamApi({ items: { "42": details } });

  expect(await lookUp("42", options(steam.url))).toEqual({ kind: "problem", problem: expect.stringContaining(text) });
});

test.each([
  ["never had, as far as anybody can tell", anItem({ result: 9 }), "Steam has no item 42, it never existed, or"],
  ["has banned", anItem({ banned: 1 }), "Steam no longer has this item. Ask the author"],
  ["keeps to itself", anItem({ result: 15 }), "Steam no longer has this item. Ask the author"],
])("lookUp() tells of what Steam %s by a code as well", async (_what, details, text) => {
  await using steam = await fakeSteamApi({ items: { "42": details } });

  const problem = expect.stringContaining(text);
  expect(await lookUp("42", options(steam.url))).toEqual({ kind: "problem", problem, code: "item_removed" });
});

test("lookUp() gives what a collection names, in its author's order, and says which of it are collections", async () => {
  await using steam = await fakeSteamApi({
    items: { "500": anItem({ creator_app_id: 766 }) },
    collections: { "500": ["43", "501", "42"], "501": [] },
  });

  expect(await lookUp("500", options(steam.url))).toEqual({
    kind: "collection",
    children: [
      { id: "43", isCollection: false },
      { id: "501", isCollection: true },
      { id: "42", isCollection: false },
    ],
  });
});

test("lookUp() has a problem with a collection whose content Steam does not tell", async () => {
  await using steam = await fakeSteamApi({ items: { "500": anItem({ creator_app_id: 766 }) } });

  const problem = expect.stringContaining("what is in the collection 500. Try again later");
  expect(await lookUp("500", options(steam.url))).toEqual({ kind: "problem", problem });
});
