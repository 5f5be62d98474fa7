import { symlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sha256 } from "../../test/read-zip.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { createOutputFile } from "./output-file.ts";

test("createOutputFile() writes pieces of all sizes in order and hashes them", async () => {
  await using folder = await tempFolder();
  const sizes = [0, 1, 3_000_000, 5, ...Array.from({ length: 1_500 }, (_, i) => i % 7)];
  const pieces = sizes.map((size, i) => Buffer.alloc(size, i));
  const expected = Buffer.concat(pieces);
  const output = createOutputFile(folder.at("out"), 1e9);

  for (const piece of pieces) output.append(piece);
  const hash = output.finish();

  expect(output.bytes).toBe(expected.length);
  expect(hash).toBe(sha256(expected));
  expect((await readFile(folder.at("out"))).equals(expected)).toBe(true);
});

test("createOutputFile() cuts what stood there before and follows no link", async () => {
  await using folder = await tempFolder();
  await writeFile(folder.at("out"), "something much longer");
  await writeFile(folder.at("precious"), "precious");
  symlinkSync("precious", folder.at("link"));

  const output = createOutputFile(folder.at("out"), 1e9);
  output.append(Buffer.from("new"));
  output.finish();

  expect(await readFile(folder.at("out"), "utf8")).toBe("new");
  expect(() => createOutputFile(folder.at("link"), 1e9)).toThrow("ELOOP");
  expect(await readFile(folder.at("precious"), "utf8")).toBe("precious");
});

test("createOutputFile() refuses the byte after its limit", async () => {
  await using folder = await tempFolder();
  const output = createOutputFile(folder.at("out"), 5);
  output.append(Buffer.from("12345"));

  expect(() => output.append(Buffer.from("6"))).toThrow(expect.objectContaining({ code: "too_large" }));
  output.close();
  output.close();
});
