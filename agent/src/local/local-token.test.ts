import { randomBytes } from "node:crypto";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { localTokenPath, openLocalToken, readLocalToken } from "./local-token.ts";

describe("openLocalToken()", () => {
  test("openLocalToken() makes a token once, for its owner only", async () => {
    await using folder = await tempFolder();

    const made = openLocalToken(folder.path, randomBytes);

    expect(made.reveal()).toMatch(/^[\w-]{43}$/);
    expect((await stat(localTokenPath(folder.path))).mode & 0o777).toBe(0o600);
    expect(openLocalToken(folder.path, randomBytes).reveal()).toBe(made.reveal());
    expect(await readFile(folder.at("local-token"), "utf8")).toBe(`${made.reveal()}\n`);
  });

  test("openLocalToken() keeps a token that somebody put there, and hides it from others", async () => {
    await using folder = await tempFolder();
    await writeFile(folder.at("local-token"), "my own words, long enough\r\n");
    await chmod(folder.at("local-token"), 0o644);

    expect(openLocalToken(folder.path, randomBytes).reveal()).toBe("my own words, long enough");
    expect((await stat(folder.at("local-token"))).mode & 0o777).toBe(0o600);
  });

  test("openLocalToken() refuses a token that is easily guessed, and says what to do", async () => {
    await using folder = await tempFolder();
    await folder.write({ "local-token": "1234\n" });

    expect(() => openLocalToken(folder.path, randomBytes)).toThrow(/local-token has less than 16 .* remove the file/);
    expect(await readFile(folder.at("local-token"), "utf8")).toBe("1234\n");
  });

  test("openLocalToken() throws when it cannot be kept", async () => {
    await using folder = await tempFolder();

    expect(() => openLocalToken(folder.at("missing"), randomBytes)).toThrow(/ENOENT/);
  });
});

test("readLocalToken() makes none", async () => {
  await using folder = await tempFolder();

  expect(readLocalToken(folder.path)).toBeNull();
  const made = openLocalToken(folder.path, randomBytes);
  expect(readLocalToken(folder.path)?.reveal()).toBe(made.reveal());
});
