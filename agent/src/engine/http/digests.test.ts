import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/http-file-server.ts";
import { digestFault, digestOf } from "./digests.ts";

const hash = (algorithm: string, text = "content") => createHash(algorithm).update(text);
const sha256 = { algorithm: "sha256", hex: hash("sha256").digest("hex") } as const;
const sha512 = { algorithm: "sha512", hex: hash("sha512").digest("hex") } as const;
const base64 = { sha256: hash("sha256").digest("base64"), sha512: hash("sha512").digest("base64") };

test.each([
  ["Repr-Digest", { "repr-digest": `sha-256=:${base64.sha256}:` }, sha256],
  ["a longer one", { "repr-digest": `sha-512=:${base64.sha512}:` }, sha512],
  ["one behind another that is too old", { "repr-digest": `md5=:abcd:, sha-256=:${base64.sha256}:` }, sha256],
  ["Digest", { digest: `md5=abcd,SHA-256=${base64.sha256}` }, sha256],
  ["the new one before the old one", { digest: "SHA-256=abcd", "repr-digest": `sha-256=:${base64.sha256}:` }, sha256],
  ["none of a wrong length", { "repr-digest": "sha-256=:abcd:" }, null],
  ["none that is only of this answer", { "content-digest": `sha-256=:${base64.sha256}:` }, null],
  ["none", {}, null],
])("digestOf() takes %s", (_, headers, digest) => {
  expect(digestOf(headers)).toEqual(digest);
});

test("digestFault() names the first hash that a file does not have", async () => {
  const path = join(await tempFolder(), "file");
  await writeFile(path, "content");
  const { signal } = new AbortController();
  const wrong = { algorithm: "sha512", hex: "00" } as const;

  expect(await digestFault(path, [sha256, sha512], signal)).toBeNull();
  expect(await digestFault(path, [sha256, wrong], signal)).toEqual({ expected: "00", found: sha512.hex });
  expect(await digestFault(join(path, "missing"), [], signal)).toBeNull();
});
