import { expect, test } from "vitest";
import { z } from "zod";
import { testGateway } from "../../../test/harness.ts";
import { aGameRow, aShelfRow, putOnShelf } from "../../../test/shelf-facts.ts";

const Parameter = z.object({ name: z.string(), in: z.string(), schema: z.object({ default: z.unknown().optional() }) });
const Document = z.object({
  paths: z.record(z.string(), z.object({ get: z.object({ parameters: z.array(Parameter).default([]) }).optional() })),
});

test("registerPytorrent() names the defaults that a request without the parameters gets", async () => {
  await using gateway = await testGateway();
  await putOnShelf(gateway.deps.database, [
    ...[1, 2, 3].map((id) => aGameRow({ id, downloads: (id * 2) % 5 })),
    ...[1n, 2n, 3n].map((id) => aShelfRow({ id, downloads: Number((id * 2n) % 5n), games: [1] })),
  ]);
  const { paths } = Document.parse(await (await gateway.get("/openapi.json")).json());
  const body = async (target: string): Promise<string> => (await gateway.get(target)).text();
  let tried = 0;

  for (const [path, { get }] of Object.entries(paths)) {
    if (!/^\/(list|info)\//.test(path)) continue;
    const target = path.replace(/\{\w+\}/, "1");
    for (const { name, schema } of get?.parameters ?? []) {
      if (schema.default === undefined) continue;
      expect(await body(`${target}?${name}=${schema.default}`), `${name} of ${path}`).toBe(await body(target));
      tried += 1;
    }
  }

  expect(tried).toBeGreaterThan(10);
});
