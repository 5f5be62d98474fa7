import { expect, test } from "vitest";
import { createWatchers } from "./watch-limit.ts";

test("createWatchers() gives a client so many places and takes them back once", () => {
  const watchers = createWatchers({ perClient: 2, total: 10 });
  const leave = watchers.enter("a");
  watchers.enter("a");

  expect(watchers.enter("a")).toBeNull();
  leave?.();
  leave?.();
  expect(watchers.enter("a")).not.toBeNull();
  expect(watchers.enter("a")).toBeNull();
});

test("createWatchers() bounds all clients together", () => {
  const watchers = createWatchers({ perClient: 2, total: 2 });
  watchers.enter("a");
  watchers.enter("b");

  expect(watchers.enter("c")).toBeNull();
});
