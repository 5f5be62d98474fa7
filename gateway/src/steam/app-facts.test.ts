import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { anApp } from "../../test/fake-steam.ts";
import { parseApp } from "./app-facts.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/appdetails-${name}.json`, import.meta.url), "utf8"));
const parse = (data: unknown) => parseApp(5, { 5: { success: true, data } });

test("parseApp() reads a recorded game with genres whose ids are text", () => {
  expect(parseApp(90_000, fixture("ok"))).toEqual({
    kind: "found",
    app: {
      app: 90_000,
      name: "Example Game",
      kind: "game",
      shortDescription: "A short plain text, entities such as &amp; are possible.",
      description: "<h1>About</h1><p>Long <strong>HTML</strong> text.</p>",
      logoUrl: expect.stringMatching("header.jpg"),
      genres: [
        { id: 23, name: "Indie" },
        { id: 28, name: "Simulation" },
      ],
    },
  });
});

test("parseApp() takes both ways to say that there is no such app", () => {
  expect(parseApp(90_000, fixture("not-found"))).toEqual({ kind: "unknown" });
  expect(parseApp(90_000, fixture("not-found-empty-array"))).toEqual({ kind: "unknown" });
});

test("parseApp() is null for the answer over the limit and for another app's answer", () => {
  expect(parseApp(90_000, fixture("rate-limited"))).toBeNull();
  expect(parseApp(1, fixture("ok"))).toBeNull();
});

test("parseApp() lives without genres and calls what is no game an app", () => {
  expect(parse(anApp(5, { type: "dlc", genres: undefined }))).toMatchObject({
    kind: "found",
    app: { kind: "app", genres: [] },
  });
});

test("parseApp() skips genres that are junk", () => {
  const genres = [{ id: "x", description: "X" }, null, { id: 1, description: "Action" }];

  expect(parse(anApp(5, { genres }))).toMatchObject({ app: { genres: [{ id: 1, name: "Action" }] } });
});
