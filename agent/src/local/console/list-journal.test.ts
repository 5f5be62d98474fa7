import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TempFolder, tempFolder } from "../../../test/temp-folder.ts";
import { openListJournal } from "./list-journal.ts";
import { emptyLists, type Fact, factsOf, withFact } from "./lists.ts";

const url = (id: string): string => `http://mods.example.org/${id}.zip`;
const sent = (...ids: string[]): Fact => ({
  kind: "sent",
  orders: ids.map((id) => ({ id, url: url(id), total: null })),
});
const done = (id: string, path = `/files/${id}.zip`): Fact => ({ kind: "done", id, url: url(id), path, bytes: 7 });

function reopened(folder: TempFolder, facts: readonly Fact[]) {
  const { journal } = openListJournal(folder.at("lists.jsonl"));
  for (const fact of facts) journal.record(fact);
  journal.close();
  const again = openListJournal(folder.at("lists.jsonl"));
  again.journal.close();
  return { before: journal.lists, after: again.journal.lists, damaged: again.damaged };
}

describe("openListJournal()", () => {
  test("openListJournal() remembers what waits in its order, and what is done in the order of completion", async () => {
    await using folder = await tempFolder();

    const { after } = reopened(folder, [
      sent("a", "b"),
      sent("c", "d"),
      done("c"),
      done("a"),
      { kind: "gone", id: "d" },
    ]);

    expect([...after.open.keys()]).toEqual(["b"]);
    expect([...after.done.values()].map(({ id }) => id)).toEqual(["c", "a"]);
  });

  test("openListJournal() lists a file that was fetched again once, at its new place", async () => {
    await using folder = await tempFolder();
    const again: Fact = { kind: "done", id: "z", url: url("a"), path: "/files/a (1).zip", bytes: 8 };

    const { after } = reopened(folder, [sent("a", "b"), done("a"), done("b"), again]);

    expect([...after.done.values()]).toMatchObject([{ id: "b" }, { id: "z", path: "/files/a (1).zip" }]);
  });

  test("openListJournal() cuts off a torn last line and counts others that it cannot read", async () => {
    await using folder = await tempFolder();
    const path = folder.at("lists.jsonl");
    reopened(folder, [sent("a")]);
    appendFileSync(path, 'nonsense\n{"kind":"gone"}\n{"kind":"gone","id":"a"');

    const { journal, damaged } = openListJournal(path);
    journal.record(done("a"));
    journal.close();

    expect(damaged).toBe(2);
    expect(reopened(folder, []).after.done.size).toBe(1);
  });

  test("openListJournal() rewrites a file that has grown", async () => {
    await using folder = await tempFolder();
    const path = folder.at("lists.jsonl");
    const pauses = Array.from({ length: 100 }, (_, at): Fact => ({ kind: "paused", id: "a", paused: at % 2 === 0 }));
    const lines = [sent("a"), ...pauses].map((fact) => JSON.stringify(fact));
    writeFileSync(path, `${lines.join("\n")}\n`);

    openListJournal(path).journal.close();

    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
  });

  test("record() of a full disk changes nothing", async () => {
    await using folder = await tempFolder();
    const { journal } = openListJournal(folder.at("lists.jsonl"));
    journal.record(sent("a"));
    journal.close();

    expect(() => journal.record(sent("b"))).toThrow(/EBADF|closed/);
    expect([...journal.lists.open.keys()]).toEqual(["a"]);
  });
});

const ids = fc.constantFrom("a", "b", "c", "d");
const facts = fc.array(
  fc.oneof(
    fc.uniqueArray(ids, { minLength: 1 }).map((each) => sent(...each)),
    ids.map((id) => done(id)),
    ids.map((id): Fact => ({ kind: "gone", id })),
    fc.tuple(ids, fc.boolean()).map(([id, paused]): Fact => ({ kind: "paused", id, paused })),
    ids.map((id): Fact => ({ kind: "placing", id, file: `/d/${id}`, path: `/f/${id}`, bytes: 7 })),
  ),
  { maxLength: 30 },
);

test("factsOf() tells lists so that they come out the same, whatever had happened", () => {
  fc.assert(
    fc.property(facts, (history) => {
      const lists = history.reduce(withFact, emptyLists());
      const again = factsOf(lists).reduce(withFact, emptyLists());

      expect([...again.open]).toEqual([...lists.open]);
      expect([...again.done]).toEqual([...lists.done]);
    }),
  );
});
