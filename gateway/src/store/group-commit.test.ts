import { setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import type { GroupCommit } from "./group-commit.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { Connection } from "./libsql-connection.ts";
import { openConnection } from "./libsql-connection.ts";

let connection: Connection;
let heard: string[];
let commits: GroupCommit;
beforeEach(() => {
  const real = openConnection(":memory:", { readOnly: false });
  heard = [];
  connection = {
    ...real,
    exec: (sql) => {
      heard.push(sql);
      real.exec(sql);
    },
  };
  real.exec("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT");
  commits = createGroupCommit(connection, 1_000);
});

const insert = (n: number) => ({ sql: "INSERT INTO t (n) VALUES (:n) RETURNING n", args: { n } });
const stored = () => connection.all({ sql: "SELECT n FROM t ORDER BY n" }).map((row) => row["n"]);
const transactions = () => heard.filter((sql) => sql === "COMMIT").length;

test("submit() of one turn shares one transaction", async () => {
  await Promise.all([1, 2, 3].map((n) => commits.submit([insert(n)])));

  expect(transactions()).toBe(1);
  expect(stored()).toEqual([1, 2, 3]);
});

test("submit() of another turn has another transaction", async () => {
  await commits.submit([insert(1)]);
  await commits.submit([insert(2)]);

  expect(transactions()).toBe(2);
});

test("submit() of very many is cut into several transactions, so that none lasts long", async () => {
  await Promise.all(Array.from({ length: 600 }, (_, n) => commits.submit([insert(n)])));

  expect(transactions()).toBe(3);
  expect(stored()).toHaveLength(600);
});

test("submit() while a group is being committed comes into the next one", async () => {
  const first = commits.submit([insert(1)]);
  await nextTurn();
  const second = commits.submit([insert(2)]);

  expect(await Promise.all([first, second])).toEqual([[[{ n: 1 }]], [[{ n: 2 }]]]);
});

test("submit() acknowledges nobody when one statement takes the whole transaction down", async () => {
  await commits.submit([insert(1)]);

  const outcomes = await Promise.allSettled([
    commits.submit([insert(2)]),
    commits.submit([{ sql: "INSERT OR ROLLBACK INTO t (n) VALUES (1)" }]),
    commits.submit([insert(3)]),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(stored()).toEqual([1]);
  expect(await commits.submit([insert(4)])).toEqual([[{ n: 4 }]]);
});

test("drained() resolves after everything submitted before", async () => {
  const writes = [commits.submit([insert(1)]), commits.submitGuarded(insert(2), [insert(3)])];

  await commits.drained();

  expect(stored()).toEqual([1, 2, 3]);
  await Promise.all(writes);
});
