import { expect, test } from "vitest";
import { readParams } from "./read-params.ts";

const asked = (params: string[], query: Record<string, string>) => ({ params, query: new Map(Object.entries(query)) });

test("readParams() reads what is there and takes the rest as it is by default", () => {
  const read = readParams(asked(["7"], { page: "2", deps: "yes", tags: "[1]", name: " x " }));

  expect(read.pathInteger("mod_id")).toBe(7n);
  expect([read.integer("page", 0n), read.integer("page_size", 10n)]).toEqual([2n, 10n]);
  expect([read.boolean("deps", false), read.boolean("other", false)]).toEqual([true, false]);
  expect([read.list("tags"), read.list("games")]).toEqual([[1], []]);
  expect([read.text("name", ""), read.text("sort", "DOWNLOADS")]).toEqual([" x ", "DOWNLOADS"]);
  expect(read.refusal()).toBeNull();
});

test("readParams() refuses with every fault in the order of asking", async () => {
  const read = readParams(asked(["abc"], { page: "", deps: "2", day: "x" }));
  read.pathInteger("mod_id");
  read.integer("page", 0n);
  read.boolean("deps", false);
  read.other("day", null, { parse: () => null, msg: "invalid date format", type: "value_error.date" });

  const refusal = read.refusal();

  expect(refusal?.status).toBe(422);
  expect(await refusal?.text()).toBe(
    JSON.stringify({
      detail: [
        { loc: ["path", "mod_id"], msg: "value is not a valid integer", type: "type_error.integer" },
        { loc: ["query", "page"], msg: "value is not a valid integer", type: "type_error.integer" },
        { loc: ["query", "deps"], msg: "value could not be parsed to a boolean", type: "type_error.bool" },
        { loc: ["query", "day"], msg: "invalid date format", type: "value_error.date" },
      ],
    }),
  );
});
