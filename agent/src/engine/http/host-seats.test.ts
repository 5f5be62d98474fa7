import { expect, test } from "vitest";
import { createHostSeats } from "./host-seats.ts";

const { signal } = new AbortController();

/** Lets everything happen that waits for nobody. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

test("take() lets no more than the maximum to a host, and the others in their order", async () => {
  const seats = createHostSeats();
  const order: string[] = [];
  const first = await seats.take("a", 1, signal);
  const waiting = ["second", "third"].map(async (name) => {
    const seat = await seats.take("a", 1, signal);
    order.push(name);
    return seat;
  });
  await settled();
  expect(order).toEqual([]);

  first.leave();
  first.leave();
  (await waiting[0])?.leave();
  await waiting[1];

  expect(order).toEqual(["second", "third"]);
});

test("take() counts each host for itself", async () => {
  const seats = createHostSeats();

  await seats.take("a", 1, signal);

  await expect(seats.take("b", 1, signal)).resolves.toBeDefined();
});

test("take() forgets whoever stops waiting", async () => {
  const seats = createHostSeats();
  const stop = new AbortController();
  const first = await seats.take("a", 1, signal);
  const second = seats.take("a", 1, stop.signal);
  const third = seats.take("a", 1, signal);

  stop.abort();
  first.leave();

  await expect(second).rejects.toThrow("abort");
  await expect(third).resolves.toBeDefined();
});

test("moveTo() takes the seat along to another host", async () => {
  const seats = createHostSeats();
  const moving = await seats.take("a", 1, signal);

  await moving.moveTo("b", signal);
  const atA = await seats.take("a", 1, signal);
  const atB = seats.take("b", 1, signal);
  moving.leave();

  await expect(atB).resolves.toBeDefined();
  atA.leave();
});
