import { expect, test } from "vitest";
import { splitScript } from "./sql-script.ts";

test("splitScript() splits at semicolons and drops comments before a statement", () => {
  const script = "-- first; really\nCREATE TABLE a (x);\n/* second; */ CREATE TABLE b (y -- why; because\n);\n";

  expect(splitScript(script)).toEqual(["CREATE TABLE a (x)", "CREATE TABLE b (y -- why; because\n)"]);
});

test("splitScript() keeps semicolons and quotes inside texts and names", () => {
  const script = `INSERT INTO t VALUES ('a;''b;'); CREATE TABLE "odd;""name" (x); SELECT 1`;

  expect(splitScript(script)).toEqual([`INSERT INTO t VALUES ('a;''b;')`, `CREATE TABLE "odd;""name" (x)`, "SELECT 1"]);
});

test("splitScript() keeps a trigger's body together, CASE included", () => {
  const trigger = `CREATE TRIGGER t AFTER INSERT ON a BEGIN
    UPDATE a SET x = CASE WHEN x > 1 THEN 1 ELSE 0 END;
    DELETE FROM b;
  END`;

  expect(splitScript(`${trigger};\nSELECT CASE 1 WHEN 1 THEN 2 END;`)).toEqual([
    trigger,
    "SELECT CASE 1 WHEN 1 THEN 2 END",
  ]);
});

test("splitScript() finds nothing in blanks and comments", () => {
  expect(splitScript("\n-- nothing here\n ; ;\n/* nor; here */")).toEqual([]);
});
