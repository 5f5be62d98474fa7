import { setImmediate as nextTurn } from "node:timers/promises";
import { getHeapSpaceStatistics } from "node:v8";
import { boundHeap } from "../src/bound-heap.ts";

// Makes garbage as a busy server does, in turns of the event loop, and prints how large V8's space for it became.

if (process.argv[2] === "bound") boundHeap();
const until = performance.now() + 1_500;
while (performance.now() < until) {
  const objects = Array.from({ length: 10_000 }, (_, n) => ({ n, text: `object ${n}` }));
  if (objects.length === 0) throw new Error("Nothing was made");
  await nextTurn();
}
const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
process.stdout.write(`${young?.space_size ?? 0}\n`);
