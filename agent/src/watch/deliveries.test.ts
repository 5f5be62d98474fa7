import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { createDeliveries, type DeliveriesOptions, type Message } from "./deliveries.ts";

const message = (n: number): Message => ({ id: `msg_${n}`, body: "{}" });

function delivering(given: Partial<DeliveriesOptions> = {}) {
  const sent: string[] = [];
  let crowded = 0;
  const deliveries = createDeliveries({
    attempt: async ({ id }) => {
      sent.push(id);
      return true;
    },
    retryMs: [1],
    waitingMax: 3,
    onCrowded: () => {
      crowded += 1;
    },
    ...given,
  });
  return { deliveries, sent, crowded: () => crowded };
}

test("createDeliveries() gives up the oldest when more wait than may", async () => {
  const first = Promise.withResolvers<boolean>();
  const sent: string[] = [];
  const { deliveries, crowded } = delivering({
    attempt: ({ id }) => {
      sent.push(id);
      return sent.length === 1 ? first.promise : Promise.resolve(true);
    },
  });

  for (const n of [1, 2, 3, 4, 5]) deliveries.add(message(n));
  first.resolve(true);

  await eventually(() => expect(sent).toEqual(["msg_1", "msg_3", "msg_4", "msg_5"]));
  expect(crowded()).toBe(2);
});

test("createDeliveries() tries as often as there are waits, and then forgets", async () => {
  const sent: string[] = [];
  const { deliveries } = delivering({
    retryMs: [1, 1],
    attempt: async ({ id }) => {
      sent.push(id);
      return false;
    },
  });

  deliveries.add(message(1));
  await eventually(() => expect(sent).toHaveLength(3));
  deliveries.add(message(2));
  await eventually(() => expect(sent).toHaveLength(6));

  expect(sent.filter((id) => id === "msg_1")).toHaveLength(3);
});

test("close() aborts the attempt under way and every wait, and takes nothing more", async () => {
  const sent: string[] = [];
  const aborted = Promise.withResolvers<boolean>();
  const { deliveries } = delivering({
    retryMs: [1_000_000],
    attempt: ({ id }, signal) => {
      sent.push(id);
      if (id === "msg_1") return Promise.resolve(false);
      signal.addEventListener("abort", () => aborted.resolve(false));
      return aborted.promise;
    },
  });
  deliveries.add(message(1));
  deliveries.add(message(2));
  await eventually(() => expect(sent).toHaveLength(2));

  deliveries.close();
  deliveries.add(message(3));

  expect(await aborted.promise).toBe(false);
  expect(sent).toEqual(["msg_1", "msg_2"]);
});
