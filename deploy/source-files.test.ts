import { expect, test } from "vitest";
import { aSourceFile, codeOf, isForTests } from "./source-files.ts";

test("aSourceFile() finds imports however they are written", () => {
  const text = `#!/usr/bin/env node
import type { A } from "./a.ts";
import {
  b,
} from './b.ts';
import "./c.ts";
export * from "./d.ts";
export { e } from "./e.ts";
const f = await import("./f.ts");
const text = "x"; import g from "g";
type H = import("./h.ts").H;
`;

  expect(aSourceFile("x.ts", text).imports).toEqual([
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts",
    "./e.ts",
    "./f.ts",
    "g",
    "./h.ts",
  ]);
});

test("aSourceFile() takes no import out of a comment", () => {
  const text = `// import a from "a";\n/* import b from "b";\n */ const url = "https://host"; import c from "c";`;

  expect(aSourceFile("x.ts", text).imports).toEqual(["c"]);
});

test("codeOf() blanks comments and, if asked, strings", () => {
  const text = 'const a = "Date.now"; // Date.now\nDate.now(); `Date.now`';

  expect(codeOf(text, { strings: "blank" }).match(/Date\.now/g)).toHaveLength(1);
  expect(codeOf(text, { strings: "keep" }).match(/Date\.now/g)).toHaveLength(3);
});

test("isForTests() knows tests, contracts, fakes, benchmarks and the simulator", () => {
  const paths = [
    "a/src/x.test.ts",
    "a/src/x.contract.ts",
    "a/test/fake.ts",
    "deploy/simulator/a.ts",
    "a/bench/pack.ts",
    "a/src/x.ts",
  ];

  expect(paths.map(isForTests)).toEqual([true, true, true, true, true, false]);
});
