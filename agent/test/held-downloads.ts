import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Downloads, Fetched, FetchOrder } from "../src/local/console/downloads.ts";

export type HeldDownloads = Downloads & {
  /** Every call of `fetch`, in order. */
  orders: FetchOrder[];
  /** Ends the call that waits: with a file of this content, or a failure. */
  finish(content: string, name?: string): void;
  fail(): void;
};

/** Downloads that end when the test says so, or at once when their signal fires. */
export function heldDownloads(): HeldDownloads {
  const orders: FetchOrder[] = [];
  let current: { order: FetchOrder; end: PromiseWithResolvers<Fetched> } | null = null;
  const waiting = () => {
    if (current === null) throw new Error("Nothing is being fetched");
    const { order, end } = current;
    current = null;
    return { order, end };
  };
  return {
    orders,
    look: async () => ({ kind: "file", total: null }),
    fetch: (order) => {
      const end = Promise.withResolvers<Fetched>();
      orders.push(order);
      current = { order, end };
      order.signal.addEventListener("abort", () => end.reject(order.signal.reason));
      return end.promise;
    },
    finish: (content, name = "a.zip") => {
      const { order, end } = waiting();
      const file = join(order.folder, "body");
      writeFileSync(file, content);
      end.resolve({ kind: "fetched", file, name, bytes: content.length });
    },
    fail: () => waiting().end.resolve({ kind: "failed", detail: "It broke" }),
  };
}
