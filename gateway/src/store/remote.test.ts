import { createServer } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { databaseContract } from "../../test/database.contract.ts";
import { exerciseCatalogue } from "../../test/database-exercise.ts";
import type { Sqld } from "../../test/sqld.ts";
import { hasSqld, startSqld } from "../../test/sqld.ts";
import { createEmbedded } from "./embedded.ts";
import { createRemote } from "./remote.ts";

if (await hasSqld()) {
  for (const protocol of ["http", "ws"] as const) {
    describe(`sqld over ${protocol}`, () => {
      let server: Promise<Sqld> | null = null;
      afterAll(async () => (await server)?.stop());

      databaseContract(`createRemote() over ${protocol}`, async () => {
        server ??= startSqld();
        return createRemote({ url: (await server)[protocol] });
      });

      test("createCatalogueStore() answers from sqld as from a local database", async () => {
        server ??= startSqld();
        const remote = createRemote({ url: (await server)[protocol] });
        const local = createEmbedded({ path: ":memory:" });

        expect(await exerciseCatalogue(remote)).toEqual(await exerciseCatalogue(local));

        await Promise.all([remote.close(), local.close()]);
      });
    });
  }
}

test("read() gives up when the server accepts the connection and says nothing", async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const database = createRemote({ url: `http://127.0.0.1:${port}`, timeoutMs: 50 });

  await expect(database.read({ sql: "SELECT 1" })).rejects.toThrow("no answer within 50 ms");

  await database.close();
  silent.close();
});
