import { expect, test } from "vitest";
import { HTTP_LIMITS } from "../options.ts";
import type { RemoteFile } from "./remote-file.ts";
import { createSourcePool, type Source } from "./source-pool.ts";
import { broken, refused } from "./trouble.ts";

const file: RemoteFile = {
  ...{ url: new URL("http://a.test/"), etag: null, lastModified: null, total: 10, ranges: true },
  ...{ name: "a", digest: null },
};
const aSource = (url: string): Source => ({ url, file, address: url, active: 0 });
const slowDown = (waitMs: number | null) =>
  ({ kind: "slow_down", failure: { code: "rate_limited", detail: "429" }, waitMs }) as const;

function aPool(count = 2) {
  const clock = { ms: 0 };
  const sources = ["http://a.test/", "http://b.test/"].slice(0, count).map(aSource);
  const [first = aSource(""), second = aSource("")] = sources;
  return { clock, first, second, pool: createSourcePool(sources, HTTP_LIMITS, () => clock.ms) };
}

test("pick() takes the source with the fewest connections", () => {
  const { pool, first, second } = aPool();
  first.active = 2;
  second.active = 1;

  expect(pool.pick()).toBe(second);
});

test("pick() prefers a source that need not be waited for", () => {
  const { pool, first, second } = aPool();
  second.active = 3;

  pool.report(first, broken("gone"), false);

  expect(pool.pick()).toBe(second);
});

test("report() lets a failing source wait longer each time, and gives it up", () => {
  const { pool, clock, first } = aPool(1);
  const waits: number[] = [];

  for (let turn = 0; turn <= HTTP_LIMITS.resumesMax; turn += 1) {
    expect(pool.pick()).toBe(first);
    pool.report(first, broken("gone"), false);
    waits.push(pool.waitMs(first));
    clock.ms += pool.waitMs(first);
  }

  expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(pool.pick()).toBeNull();
  expect(pool.failure()).toMatchObject({ detail: "gone" });
});

test("report() forgives a source that brought bytes", () => {
  const { pool, first } = aPool(1);

  for (let turn = 0; turn < 100; turn += 1) pool.report(first, broken("gone"), true);

  expect(pool.pick()).toBe(first);
});

test("report() does not forgive slowness, whatever it brought", () => {
  const { pool, first } = aPool(1);
  const slow = { kind: "slow", failure: { code: "source_unreachable", detail: "slow" } } as const;

  for (let turn = 0; turn <= HTTP_LIMITS.resumesMax; turn += 1) pool.report(first, slow, true);

  expect(pool.pick()).toBeNull();
});

test("report() goes back to the first address before it takes a refusal for final", () => {
  const { pool, first } = aPool(1);
  first.address = "http://cdn.test/expired";

  pool.report(first, refused("source_unreachable", "403"), false);
  expect([pool.pick(), first.address]).toEqual([first, first.url]);
  pool.report(first, refused("source_unreachable", "403"), false);

  expect(pool.pick()).toBeNull();
});

test("report() waits as long as it is asked to, but not for ever", () => {
  const { pool, first } = aPool(1);

  pool.report(first, slowDown(5_000), false);
  expect([pool.pick(), pool.waitMs(first)]).toEqual([first, 5_000]);
  pool.report(first, slowDown(HTTP_LIMITS.retryAfterMaxMs + 1), false);

  expect(pool.pick()).toBeNull();
});

test("report() sends only the connection away that was one too many", () => {
  const { pool, first } = aPool(1);
  first.active = 1;

  expect(pool.report(first, slowDown(null), false)).toBe("leave");
  expect(pool.pick()).toBe(first);
});
