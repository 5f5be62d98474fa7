import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../src/store/database.ts";
import { isConstraintViolation } from "../src/store/database.ts";

/** Opens the database under test. Every call within one suite opens the same data, empty at first. */
export type OpenDatabase = () => Promise<Database>;

const insert = (n: number, name: string | null = null) => ({
  sql: "INSERT INTO things (n, name) VALUES (:n, :name) RETURNING n",
  args: { n, name },
});
const ALL = { sql: "SELECT n, name FROM things ORDER BY n" };

/** What `Database` promises, whatever is behind it. */
export function databaseContract(what: string, open: OpenDatabase): void {
  describe(what, () => {
    let database: Database;

    beforeAll(async () => {
      database = await open();
      await database.batch([
        { sql: "CREATE TABLE things (n INTEGER PRIMARY KEY, name TEXT CHECK (name <> 'bad')) STRICT" },
        { sql: "CREATE TABLE owned (thing INTEGER NOT NULL REFERENCES things (n)) STRICT" },
      ]);
    });
    beforeEach(async () => {
      await database.write({ sql: "DELETE FROM things" });
    });
    afterAll(() => database.close());

    valueTests(() => database);
    writeTests(() => database);
    compareAndSetTests(() => database);
    sharingTests(() => database, open);
  });
}

function valueTests(database: () => Database): void {
  test("read() gives integers as number while they are safe and as bigint beyond", async () => {
    const args = { small: 1, negative: -7n, safe: 2 ** 53 - 1, beyond: 2n ** 53n, max: 2n ** 63n - 1n };

    const [row] = await database().read({
      sql: "SELECT :small AS small, :negative AS negative, :safe AS safe, :beyond AS beyond, :max AS max",
      args,
    });

    expect(row).toEqual({ ...args, negative: -7 });
  });

  test("read() gives texts, blobs, fractions and nulls as they went in", async () => {
    const args = {
      text: "Привет 'мир' \u{1f600}",
      empty: "",
      blob: new Uint8Array([0, 1, 255]),
      half: 0.5,
      none: null,
    };

    const [row] = await database().read({
      sql: "SELECT :text AS text, :empty AS empty, :blob AS blob, :half AS half, :none AS none",
      args,
    });

    expect(row).toEqual(args);
  });

  test("read() binds whole numbers as integers", async () => {
    const [row] = await database().read({
      sql: "SELECT typeof(:n) AS type, json_object('n', :n) AS json",
      args: { n: 5 },
    });

    expect(row).toEqual({ type: "integer", json: '{"n":5}' });
  });

  test("read() passes over arguments the statement does not name", async () => {
    expect(await database().read({ sql: "SELECT :a AS a, ':b' AS b", args: { a: 1, other: 2 } })).toEqual([
      { a: 1, b: ":b" },
    ]);
  });

  test("read() refuses a statement whose argument is missing", async () => {
    await expect(database().read({ sql: "SELECT :a AS a" })).rejects.toThrow(":a");
  });

  test("read() refuses to write", async () => {
    await expect(database().read(insert(1))).rejects.toThrow();

    expect(await database().read(ALL)).toEqual([]);
  });

  test("read() fails with the reason when the SQL is wrong", async () => {
    await expect(database().read({ sql: "SELECT n FROM nowhere" })).rejects.toThrow("no such table: nowhere");
  });
}

function writeTests(database: () => Database): void {
  test("write() gives the rows of RETURNING, and none without it", async () => {
    expect(await database().write(insert(1))).toEqual([{ n: 1 }]);
    expect(await database().write({ sql: "UPDATE things SET name = 'x'" })).toEqual([]);
    expect(await database().read(ALL)).toEqual([{ n: 1, name: "x" }]);
  });

  test("write() that a CHECK, UNIQUE or foreign key refuses is a constraint violation", async () => {
    await database().write(insert(1));
    const refused = [insert(1), insert(2, "bad"), { sql: "INSERT INTO owned (thing) VALUES (99)" }];

    for (const statement of refused) {
      const error = await database()
        .write(statement)
        .catch((reason: unknown) => reason);
      expect(isConstraintViolation(error), statement.sql).toBe(true);
    }
    expect(await database().read(ALL)).toEqual([{ n: 1, name: null }]);
  });

  test("batch() gives the rows of each statement in order", async () => {
    const rows = await database().batch([insert(1), { sql: "SELECT count(*) AS n FROM things" }, insert(2)]);

    expect(rows).toEqual([[{ n: 1 }], [{ n: 1 }], [{ n: 2 }]]);
  });

  test("batch() of nothing does nothing", async () => {
    expect(await database().batch([])).toEqual([]);
  });

  test("batch() does nothing at all when one statement fails", async () => {
    const error = await database()
      .batch([insert(1), insert(2, "bad"), insert(3)])
      .catch((reason: unknown) => reason);

    expect(isConstraintViolation(error)).toBe(true);
    expect(await database().read(ALL)).toEqual([]);
  });

  test("batch() that fails takes nothing of its neighbours with it", async () => {
    const outcomes = await Promise.allSettled([
      database().write(insert(1)),
      database().batch([insert(2), insert(3, "bad")]),
      database().batch([insert(4), insert(5)]),
      database().write({ sql: "INSERT INTO nowhere VALUES (1)" }),
      database().write(insert(6)),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect((await database().read(ALL)).map((row) => row["n"])).toEqual([1, 4, 5, 6]);
  });

  test("read() sees every write that was acknowledged before", async () => {
    for (let n = 1; n <= 20; n += 1) {
      await database().write(insert(n));
      expect(await database().read({ sql: "SELECT count(*) AS n FROM things" })).toEqual([{ n }]);
    }
  });
}

function compareAndSetTests(database: () => Database): void {
  const rename = (n: number) => ({ sql: "UPDATE things SET name = 'won' WHERE n = :n AND name IS NULL", args: { n } });

  test("compareAndSet() gives null and does nothing when the guard changes no row", async () => {
    expect(await database().compareAndSet(rename(1), [insert(2)])).toBeNull();

    expect(await database().read(ALL)).toEqual([]);
  });

  test("compareAndSet() gives the rows of the guard and of what follows", async () => {
    await database().write(insert(1));

    const rows = await database().compareAndSet({ ...rename(1), sql: `${rename(1).sql} RETURNING name` }, [insert(2)]);

    expect(rows).toEqual([[{ name: "won" }], [{ n: 2 }]]);
  });

  test("compareAndSet() takes the guard back when what follows fails", async () => {
    await database().write(insert(1));

    await expect(database().compareAndSet(rename(1), [insert(2, "bad")])).rejects.toThrow();

    expect(await database().read(ALL)).toEqual([{ n: 1, name: null }]);
  });

  test("compareAndSet() fails, and does not say null, when the guard itself fails", async () => {
    await database().write(insert(1));

    await expect(database().compareAndSet(insert(1), [])).rejects.toThrow();
  });

  test("compareAndSet() counts a guard as unchanged when its conflict is passed over", async () => {
    const guard = { sql: "INSERT INTO things (n) VALUES (1) ON CONFLICT DO NOTHING" };

    expect(await database().compareAndSet(guard, [])).toEqual([[]]);
    expect(await database().compareAndSet(guard, [])).toBeNull();
  });

  test("compareAndSet() lets exactly one of many at once win", async () => {
    await database().write(insert(0));

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => database().compareAndSet(rename(0), [insert(i + 1)])),
    );

    expect(outcomes.filter((rows) => rows !== null)).toHaveLength(1);
    expect(await database().read(ALL)).toHaveLength(2);
  });
}

function sharingTests(database: () => Database, open: OpenDatabase): void {
  test("write() of many at once happens once each", async () => {
    const rows = await Promise.all(Array.from({ length: 300 }, (_, n) => database().write(insert(n))));

    expect(rows.flat()).toHaveLength(300);
    expect(await database().read({ sql: "SELECT count(*) AS n FROM things" })).toEqual([{ n: 300 }]);
  });

  test("close() lets writes that were handed in finish, and refuses later ones", async () => {
    const second = await open();
    const pending = second.write({ sql: "SELECT 1 AS one" });

    await Promise.all([pending, pending.then(() => second.close())]);

    await expect(second.write(insert(1))).rejects.toThrow();
    await expect(second.read(ALL)).rejects.toThrow();
  });
}
