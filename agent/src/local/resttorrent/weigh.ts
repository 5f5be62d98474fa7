/** Of numbers and the like. */
const SCALAR_BYTES = 8;
/** Commands have lists in them and nothing deeper. */
const DEPTH_MAX = 16;

/**
 * About what a value out of JSON and bytes holds in memory. Infinite where it lies deeper than any command does: whoever walks through
 * it, as Socket.IO does when it sends it back, could run out of stack, which would end the agent.
 */
export function weigh(value: unknown, depth = 0): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return SCALAR_BYTES;
  if (depth === DEPTH_MAX) return Number.POSITIVE_INFINITY;
  let bytes = SCALAR_BYTES;
  for (const one of Array.isArray(value) ? value : Object.values(value)) bytes += weigh(one, depth + 1);
  return bytes;
}
