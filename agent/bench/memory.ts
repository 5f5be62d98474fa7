import { readFileSync } from "node:fs";

/** The peak of everything, with the mapped program; and what is neither program nor library at this moment. In bytes. */
export function memoryOf(pid: number | "self" = "self"): { peak: number; anonymous: number } {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  const bytesOf = (name: string): number => 1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? "0");
  return { peak: bytesOf("VmHWM"), anonymous: bytesOf("RssAnon") };
}
