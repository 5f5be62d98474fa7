import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { testGateway } from "../test/harness.ts";
import { generateSchema } from "./generate.ts";

const SCHEMA = new URL("src/generated/schema.ts", import.meta.url);

test("generateSchema() gives the types that are kept here: `npm run client` writes them anew", async () => {
  await using gateway = await testGateway();
  const document = await (await gateway.get("/openapi.json")).text();

  expect(await generateSchema(document)).toBe(await readFile(SCHEMA, "utf8"));
});

test("generateSchema() gives other types for another document", async () => {
  const document = (type: string) => ({
    openapi: "3.1.0",
    info: { title: "t", version: "1" },
    paths: {},
    components: { schemas: { A: { type } } },
  });

  expect(await generateSchema(JSON.stringify(document("string")))).toContain("A: string;");
  expect(await generateSchema(JSON.stringify(document("integer")))).toContain("A: number;");
});
