import { expect, test } from "vitest";
import { type Mutation, modelCheck } from "../../test/model-check.ts";

test("advance() holds every promise against lost, repeated and reordered messages", () => {
  const { states, stuck, violations } = modelCheck({ epochsMax: 3 });

  expect(states).toBeGreaterThan(50_000);
  expect(stuck).toBe(0);
  expect([...violations]).toEqual([]);
});

test.each<[Mutation, string]>([
  ["no_fence", "a result of an old try was accepted"],
  ["settled_once", "an agent was told lost although its result was accepted"],
  ["no_journal", "one agent ran the same try twice"],
  ["revocation_forgets", "a revoked agent's result was accepted"],
])("the model check notices %s", (mutation, violation) => {
  const { violations } = modelCheck({ epochsMax: 2, mutation });

  expect([...violations.keys()]).toContain(violation);
});
