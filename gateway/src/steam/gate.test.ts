import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import type { Outcome } from "./fetch-call.ts";
import { createGate } from "./gate.ts";

const broken: Outcome<unknown> = { ok: false, why: "broken", detail: "x", retryAfterMs: null };

function gateOf(outcomes: Outcome<unknown>[]) {
  let time = 1_000;
  let sent = 0;
  const send = async (): Promise<Outcome<unknown>> => outcomes[sent++] ?? { ok: true, body: null };
  const gate = createGate({ send, now: () => time, random: () => 0.999, log: silentLog });
  return { ask: () => gate.ask({ url: "http://steam" }), tick: (ms: number) => (time += ms), sent: () => sent };
}

test("ask() sends nothing until the back-off is over and then again", async () => {
  const { ask, tick, sent } = gateOf([broken]);

  const first = await ask();
  const second = await ask();

  expect([first, second]).toEqual(Array(2).fill({ ok: false, retryAfterMs: 1_000 }));
  expect(sent()).toBe(1);
  tick(1_000);
  expect(await ask()).toEqual({ ok: true, body: null });
});

test("ask() waits longer after each failure in a row, up to a limit, and starts anew after a success", async () => {
  const { ask, tick } = gateOf([broken, broken, broken, broken, broken, broken, { ok: true, body: 1 }, broken]);
  const waits: number[] = [];

  for (let n = 0; n < 8; n += 1) {
    const asked = await ask();
    waits.push(asked.ok ? 0 : asked.retryAfterMs);
    tick(60_000);
  }

  expect(waits).toEqual([1_000, 1_999, 3_998, 7_996, 14_993, 14_993, 0, 1_000]);
});

test("ask() counts calls that fail together as one failure", async () => {
  const { ask, tick } = gateOf([broken, broken, broken, broken, broken]);

  await Promise.all([ask(), ask(), ask(), ask()]);
  tick(60_000);

  expect(await ask()).toEqual({ ok: false, retryAfterMs: 1_999 });
});

test("ask() waits longer for a throttling server, and more with every throttle", async () => {
  const throttled: Outcome<unknown> = { ok: false, why: "throttled", detail: "429", retryAfterMs: null };
  const { ask, tick } = gateOf(Array(8).fill(throttled));
  const waits: number[] = [];

  for (let n = 0; n < 8; n += 1) {
    const asked = await ask();
    waits.push(asked.ok ? 0 : Math.round(asked.retryAfterMs / 1_000));
    tick(600_000);
  }

  expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
});

test("ask() obeys what a throttling server asks for", async () => {
  const { ask } = gateOf([{ ok: false, why: "throttled", detail: "429", retryAfterMs: 120_000 }]);

  expect(await ask()).toEqual({ ok: false, retryAfterMs: 120_000 });
});

test("ask() does not shut other questions out when one is refused", async () => {
  const { ask } = gateOf([{ ok: false, why: "refused", detail: "400", retryAfterMs: null }]);

  expect(await ask()).toEqual({ ok: false, retryAfterMs: 60_000 });
  expect(await ask()).toEqual({ ok: true, body: null });
});
