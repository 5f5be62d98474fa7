import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "./download-list.ts";
import type { Changed } from "./messages.ts";
import { watchList } from "./watching.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const loading = (bytes: number): Change => ({ kind: "loading", id: "1", url: "u", bytes, total: 9, connections: 2 });

function watchBench() {
  const pushed: Changed[] = [];
  let tell: (change: Change) => void = () => {};
  const list = {
    watch: (listener: (change: Change) => void) => {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
  };
  const unwatch = watchList({ list, everyMs: 500, push: (message) => pushed.push(message) });
  const bytes = () => pushed.map((each) => ("bytes" in each ? each.bytes : each.state));
  return { tell: (change: Change) => tell(change), bytes, unwatch, pushed };
}

describe("watchList()", () => {
  test("watchList() pushes the first progress at once and then the newest, every so often", () => {
    const { tell, bytes } = watchBench();

    tell(loading(1));
    tell(loading(2));
    tell(loading(3));
    expect(bytes()).toEqual([1]);
    vi.advanceTimersByTime(500);
    expect(bytes()).toEqual([1, 3]);
    vi.advanceTimersByTime(5_000);
    tell(loading(4));

    expect(bytes()).toEqual([1, 3, 4]);
  });

  test("watchList() pushes every other change at once, and no progress from before it", () => {
    const { tell, bytes, pushed } = watchBench();

    tell(loading(1));
    tell(loading(2));
    tell({ kind: "done", id: "1", url: "u", path: "/f/a b", bytes: 9 });
    tell({ kind: "failed", id: "2", url: "u", detail: "why" });
    tell({ kind: "paused", id: "3", url: "u" });
    vi.advanceTimersByTime(5_000);

    expect(bytes()).toEqual([1, 9, "failed", "paused"]);
    expect(pushed[1]).toEqual({
      type: "changed",
      state: "done",
      id: "1",
      url: "u",
      bytes: 9,
      address: "file:///f/a%20b",
    });
  });

  test("the function it returns ends the pushes", () => {
    const { tell, bytes, unwatch } = watchBench();
    tell(loading(1));
    tell(loading(2));

    unwatch();
    vi.advanceTimersByTime(5_000);
    tell(loading(3));

    expect(bytes()).toEqual([1]);
  });
});
