import { existsSync } from "node:fs";
import type { SteamcmdOptions } from "../options.ts";

/** Something a person has to mend, and the one line that does it. */
export type Problem = { problem: string; fix: string };

const PACKAGES = "lib32gcc-s1 lib32stdc++6";

/** SteamCMD is a 32-bit program; on a 64-bit Linux its loader and libraries come as packages of their own. */
export const MISSING_LIBRARIES: Problem = {
  problem: "The 32-bit libraries that SteamCMD needs are missing",
  fix: `sudo dpkg --add-architecture i386 && sudo apt-get update && sudo apt-get install ${PACKAGES} (Fedora: glibc.i686 libstdc++.i686)`,
};

export const WRONG_MACHINE: Problem = {
  problem: "Valve builds SteamCMD for x86 processors only",
  fix: "Run the agent on an x86-64 machine, or point MODFLEET_STEAMCMD to a wrapper that emulates one (box86)",
};

export const HOME_NOT_WRITABLE: Problem = {
  problem: "SteamCMD cannot write to its HOME",
  fix: "Give the agent's user write access to MODFLEET_AGENT_DATA",
};

/** Where glibc's and Debian's 32-bit loader lie. NixOS and others may keep it elsewhere, so a miss is only a hint. */
const LOADERS = ["/lib/ld-linux.so.2", "/lib32/ld-linux.so.2", "/lib/i386-linux-gnu/ld-linux.so.2"];

/** What stands in the way of Valve's own build on this machine, or null. A wrapper may well bring what is missing. */
export function machineProblem(
  { platform, arch = "x64" }: Pick<SteamcmdOptions, "platform" | "arch">,
  exists: (path: string) => boolean = existsSync,
): Problem | null {
  if (platform !== "linux") return null;
  if (arch !== "x64" && arch !== "ia32") return WRONG_MACHINE;
  return LOADERS.some(exists) ? null : MISSING_LIBRARIES;
}

/** One line for logs and for a person. */
export function toLine({ problem, fix }: Problem): string {
  return `${problem}: ${fix}`;
}
