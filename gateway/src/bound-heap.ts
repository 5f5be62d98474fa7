import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** With two thirds of it in use, objects of some hundred requests; more bought no time in any benchmark. */
const YOUNG_BYTES = 8 * 1024 * 1024;
const LOOK_MS = 25;

/**
 * Keeps the process small, however it was started. V8 would give 64 MiB to objects that live for a moment, and let garbage wait
 * until the heap has doubled; what is alive here is some 30 MiB. Both flags are read by V8 at each collection.
 */
export function boundHeap(): void {
  setFlagsFromString("--heap-growing-percent=40");
  const timer = setInterval(() => {
    if (youngBytes() < YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    clearInterval(timer);
  }, LOOK_MS);
  timer.unref();
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? 0;
}
