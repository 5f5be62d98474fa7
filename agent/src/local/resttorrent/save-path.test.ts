import { mkdir, readdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TempFolder, tempFolder } from "../../../test/temp-folder.ts";
import { RestError } from "./rest-torrent.ts";
import { checkContent, findSavePlace, makeSavePlace } from "./save-path.ts";

/** A jail `data` beside folders that nobody may reach, with links from one to the others. */
async function jail(): Promise<TempFolder & { root: string }> {
  const folder = await tempFolder();
  await folder.write({ "data/a/b/file": "x", "data-evil/file": "x", "outside/file": "x" });
  const root = folder.at("data");
  await symlink(folder.at("outside"), join(root, "link"));
  await symlink("../outside", join(root, "a", "relative"));
  await symlink(folder.at("nowhere"), join(root, "dangling"));
  await symlink(join(root, "a"), join(root, "within"));
  return { ...folder, root };
}

const place = async (root: string, path: string): Promise<string> => makeSavePlace(await findSavePlace(root, path));

const refusal = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof RestError ? error.code : String(error)),
  );

describe("findSavePlace()", () => {
  test.each([".", "a", "a/b", "a//b/", "./a/./b", "a/../a", "new", "new/deeper", "a/b/new", "sp ace/ü"])(
    "findSavePlace() lets %j be, inside",
    async (path) => {
      await using folder = await jail();

      expect(await place(folder.root, path)).toBe(join(folder.root, path).replace(/\/$/, ""));
    },
  );

  test.each([
    "..",
    "../x",
    "../data-evil",
    "../data-evil/file",
    "a/b/../../../x",
    "a/../../outside",
    "/",
    "/etc",
    "/etc/passwd",
    "//etc",
    "link",
    "link/below",
    "link/../x/../link",
    "a/relative",
    "a/relative/deeper",
    "dangling",
    "dangling/x",
    "within",
    "within/b",
    "a\0b",
  ])("findSavePlace() denies %j and makes nothing", async (path) => {
    await using folder = await jail();
    const before = await readdir(folder.path, { recursive: true });

    expect(await refusal(place(folder.root, path))).toBe("access denied");
    expect(await readdir(folder.path, { recursive: true })).toEqual(before);
  });

  test("findSavePlace() takes an absolute path inside, and only there", async () => {
    await using folder = await jail();

    expect(await place(folder.root, folder.at("data", "a", "c"))).toBe(folder.at("data", "a", "c"));
    expect(await refusal(place(folder.root, folder.at("data-evil")))).toBe("access denied");
    expect(await refusal(place(folder.root, `${folder.at("data")}/../outside`))).toBe("access denied");
  });

  test("findSavePlace() knows a root behind a symlink by both of its names", async () => {
    await using folder = await jail();
    await symlink(folder.root, folder.at("alias"));

    expect(await place(folder.at("alias"), "a")).toBe(folder.at("data", "a"));
    expect(await place(folder.at("alias"), folder.at("alias", "n"))).toBe(folder.at("data", "n"));
    expect(await place(folder.at("alias"), folder.at("data", "a"))).toBe(folder.at("data", "a"));
  });

  test("findSavePlace() says that a file is in the way, or a name too long", async () => {
    await using folder = await jail();

    expect(await refusal(place(folder.root, "a/b/file"))).toBe("parameter.invalid");
    expect(await refusal(place(folder.root, "a/b/file/x"))).toBe("parameter.invalid");
    expect(await refusal(place(folder.root, "n".repeat(300)))).toBe("parameter.invalid");
    expect(await refusal(place(folder.root, "a/".repeat(5_000)))).toBe("access denied");
  });

  test("findSavePlace() and makeSavePlace() never lead out, whatever the path is made of", async () => {
    await using folder = await jail();
    const names = fc.constantFrom(
      "..",
      ".",
      "a",
      "b",
      "link",
      "relative",
      "dangling",
      "within",
      "data",
      "data-evil",
      "",
    );
    const roots = fc.constantFrom("", "/", `${folder.root}/`, `${folder.path}/`);
    const path = fc.tuple(roots, fc.array(names, { maxLength: 6 })).map(([root, parts]) => root + parts.join("/"));

    await fc.assert(
      fc.asyncProperty(path, async (given) => {
        const found = await place(folder.root, given).catch((error: unknown) => error);
        if (found instanceof RestError) {
          expect(["access denied", "parameter.invalid"]).toContain(found.code);
          return;
        }
        expect(found).toBe(await realpath(String(found)));
        expect(`${found}/`.startsWith(`${folder.root}/`)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect((await readdir(folder.path)).toSorted()).toEqual(["data", "data-evil", "outside"]);
    expect(await readdir(folder.at("outside"))).toEqual(["file"]);
  });
});

test("makeSavePlace() denies a link that appeared after the path was found", async () => {
  await using folder = await jail();
  const found = await findSavePlace(folder.root, "late/inner");
  await symlink(folder.at("outside"), folder.at("data", "late"));

  expect(await refusal(makeSavePlace(found))).toBe("access denied");
  expect(await readdir(folder.at("outside"))).toEqual(["file"]);
});

test("checkContent() denies a torrent whose own paths go through links, and no other", async () => {
  await using folder = await jail();
  const found = await findSavePlace(folder.root, "a");
  await mkdir(folder.at("data", "a", "pack"));
  await symlink(folder.at("outside", "file"), folder.at("data", "a", "pack", "map"));
  await writeFile(folder.at("data", "a", "readme"), "x");

  expect(await refusal(checkContent(found, ["relative/file"]))).toBe("access denied");
  expect(await refusal(checkContent(found, ["pack/other", "pack/map"]))).toBe("access denied");
  expect(await refusal(checkContent(found, ["pack/other", "readme", "new/deep/file"]))).toBeNull();
});
