import { once } from "node:events";
import { expect, test } from "vitest";
import { deadline } from "./deadline.ts";

test("deadline() fires with the signal it follows, and with its reason", () => {
  const owner = new AbortController();
  using limit = deadline(owner.signal, 60_000);
  const reason = new Error("Enough");

  expect(limit.signal.aborted).toBe(false);
  owner.abort(reason);

  expect(limit.signal.reason).toBe(reason);
});

test("deadline() has fired where its signal has", () => {
  using limit = deadline(AbortSignal.abort("over"), 60_000);

  expect(limit.signal.reason).toBe("over");
});

test("deadline() fires as a TimeoutError when its time has come", async () => {
  using limit = deadline(new AbortController().signal, 1);

  await once(limit.signal, "abort");

  expect(limit.signal.reason).toMatchObject({ name: "TimeoutError" });
});

test("deadline() fires no more once it is disposed of, and its neighbours do", () => {
  const owner = new AbortController();
  const limit = deadline(owner.signal, 60_000);
  using other = deadline(owner.signal, 60_000);

  limit[Symbol.dispose]();
  owner.abort();

  expect([limit.signal.aborted, other.signal.aborted]).toEqual([false, true]);
});
