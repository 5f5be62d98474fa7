import { appendFile, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { testGateway } from "../../test/harness.ts";
import { takeOver } from "../../test/imported.ts";
import { heldArchive } from "./held-archive.ts";

test("heldArchive() finds nothing once the file has another size or is gone", async () => {
  await using gateway = await testGateway();
  await using outside = await tempFolder();
  const { mod: id, path } = await takeOver(gateway.deps, { folder: outside.path });
  const held = async () => {
    const mod = await gateway.deps.catalogue.findMod(id);
    return mod === null ? "no mod" : ((await heldArchive(gateway.deps, mod))?.kind ?? null);
  };

  const before = await held();
  await appendFile(path, "!");
  const longer = await held();
  await rm(path);

  expect([before, longer, await held()]).toEqual(["imported", null, null]);
});
