import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { createPageStore } from "../../store/pages.ts";
import { ModDetails } from "./mod-details.ts";

async function aLibrary(dependencies: string[], screenshots: string[]) {
  const gateway = await testGateway();
  const { version } = await gateway.addArchive({ item: { previewUrl: "https://images.example/logo/" } });
  const pages = createPageStore(gateway.deps.database);
  const claim = await pages.claim(gateway.deps.now(), gateway.deps.now() + 1);
  if (claim === null) throw new Error("No page is due");
  await pages.save(claim, { dependencies, screenshots }, 5);
  const read = () => gateway.get(`/api/mods/${version.mod}`);
  return { gateway, read, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test("GET /api/mods/{id} shows what a mod needs, also what is not here, and its screenshots in order", async () => {
  const needed = ["12", "9223372036854775807"];
  const shown = ["https://images.example/2/", "https://images.example/1/"];
  await using library = await aLibrary(needed, shown);

  const details = ModDetails.parse(await (await library.read()).json());

  expect(details).toMatchObject({ dependencies: needed, screenshots: shown, preview: "https://images.example/logo/" });
});

test("GET /api/mods/{id} is bounded, whatever the page said", async () => {
  const numbers = Array.from({ length: 900 }, (_, n) => String(n + 1));
  await using library = await aLibrary(
    numbers,
    numbers.map((n) => `https://images.example/${n}/`),
  );

  const details = ModDetails.parse(await (await library.read()).json());

  expect([details.dependencies.length, details.screenshots.length]).toEqual([500, 200]);
});

test("GET /api/mods/{id} shows nothing of a page that was not read yet", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();

  const answer = await gateway.get(`/api/mods/${version.mod}`);

  expect(await answer.json()).toMatchObject({ dependencies: [], screenshots: [] });
});
