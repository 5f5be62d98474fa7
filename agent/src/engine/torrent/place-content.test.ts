import { symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { filesIn } from "../../../test/fake-steamcmd-engine.ts";
import { tempFolder } from "../../../test/temp-folder.ts";
import { placeContent } from "./place-content.ts";

const signal = new AbortController().signal;
const wanted = (inside: string, bytes: number) => ({ path: `pack/${inside}`, inside, bytes });

describe("placeContent()", () => {
  test("placeContent() lays the wanted files down and nothing else, whatever lay there", async () => {
    await using folder = await tempFolder();
    await folder.write({ "data/pack/a": "one", "data/pack/sub/b": "four", "data/pack/c": "no", "root/old": "old" });
    const [at, root] = [folder.at("data"), folder.at("root")];

    await placeContent([wanted("a", 3), wanted("sub/b", 4), wanted("empty", 0)], { folder: at, root, signal });

    expect(await filesIn(root)).toEqual({ a: "one", "sub/b": "four", empty: "" });
    expect(await filesIn(folder.at("data"))).toMatchObject({ "pack/a": "one", "pack/sub/b": "four" });
  });

  test("placeContent() refuses a file that is not the client's", async () => {
    await using folder = await tempFolder();
    await folder.write({ secret: "key", "data/pack/short": "x" });
    await symlink(folder.at("secret"), folder.at("data/pack/link"));
    await symlink(folder.path, folder.at("data/pack/out"));
    const place = (file: ReturnType<typeof wanted>) =>
      placeContent([file], { folder: folder.at("data"), root: folder.at("root"), signal });

    await expect(place(wanted("link", 3))).rejects.toMatchObject({ report: { code: "unsafe_content" } });
    await expect(place(wanted("out/secret", 3))).rejects.toMatchObject({ report: { code: "unsafe_content" } });
    await expect(place(wanted("short", 2))).rejects.toMatchObject({ report: { code: "tool_broken" } });
    await expect(place(wanted("missing", 2))).rejects.toMatchObject({ report: { code: "tool_broken" } });
    expect(await filesIn(folder.at("root"))).toEqual({});
  });

  test("placeContent() ends when nobody wants it any more", async () => {
    await using folder = await tempFolder();
    await folder.write({ "data/pack/a": "one" });
    const options = { folder: folder.at("data"), root: folder.at("root"), signal: AbortSignal.abort() };

    await expect(placeContent([wanted("a", 3)], options)).rejects.toMatchObject({ name: "AbortError" });
  });
});
