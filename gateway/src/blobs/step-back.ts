import { constants, platform, setPriority } from "node:os";

/**
 * Lets everybody else's work come before this thread's. Linux knows priorities of threads; elsewhere it would be the whole
 * process's. Where nobody may, it stays as it is.
 */
export function stepBack(): void {
  if (platform() !== "linux") return;
  try {
    setPriority(0, constants.priority.PRIORITY_LOW);
  } catch {
    return;
  }
}
