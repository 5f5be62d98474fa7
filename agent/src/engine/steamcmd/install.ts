import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FailureReport } from "@modfleet/protocol";
import type { SteamcmdLimits, SteamcmdOptions } from "../options.ts";
import { unpackInstaller } from "./unpack.ts";

const INSTALLER_BASE = "https://steamcdn-a.akamaihd.net/client/installer/";

/** Valve's installer for a platform: tar.gz for Linux and macOS, zip for Windows. */
export function steamcmdUrlFor(platform: NodeJS.Platform): string {
  if (platform === "win32") return `${INSTALLER_BASE}steamcmd.zip`;
  return `${INSTALLER_BASE}${platform === "darwin" ? "steamcmd_osx" : "steamcmd_linux"}.tar.gz`;
}

/** What starts SteamCMD, in the order it is looked for in an unpacked installer. */
const PROGRAMS = ["steamcmd.sh", "steamcmd.exe", "steamcmd"];

/** The program in a folder that holds an installation, or null. */
export function programIn(folder: string): string | null {
  const name = PROGRAMS.find((program) => existsSync(join(folder, program)));
  return name === undefined ? null : join(folder, name);
}

export type Installed = { ok: true; file: string } | { ok: false; failure: FailureReport };

type InstallOptions = Pick<SteamcmdOptions, "toolFolder" | "downloadUrl" | "platform" | "fetch" | "log"> & {
  limits: SteamcmdLimits;
};

/** Where the downloaded installation lies. */
export const installedFolder = (toolFolder: string): string => join(toolFolder, "installed");

/**
 * Downloads and unpacks SteamCMD unless that was done before. The folder appears complete or not at all. One caller at a time.
 */
export async function install(options: InstallOptions, signal: AbortSignal): Promise<Installed> {
  const folder = installedFolder(options.toolFolder);
  const present = programIn(folder);
  if (present !== null) return { ok: true, file: present };

  const url = options.downloadUrl ?? steamcmdUrlFor(options.platform);
  const archive = await download(url, options, signal);
  if (!archive.ok) {
    if (!signal.aborted) options.log.warn({ url, detail: archive.failure.detail }, "Could not download SteamCMD");
    return archive;
  }
  options.log.info({ url, bytes: archive.bytes.length }, "SteamCMD downloaded");
  const unpacked = await unpack(archive.bytes, folder);
  if (unpacked.ok) return unpacked;
  const { code, detail } = unpacked.failure;
  options.log.warn({ url, detail }, "Could not unpack SteamCMD");
  return { ok: false, failure: { code, detail: `${detail} (downloaded from ${url})` } };
}

type Download = { ok: true; bytes: Uint8Array } | { ok: false; failure: FailureReport };

async function download(url: string, { fetch, limits }: InstallOptions, signal: AbortSignal): Promise<Download> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(limits.downloadMs)]) });
    if (!response.ok || response.body === null) return unavailable(url, `HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > limits.installerBytesMax) return unavailable(url, `More than ${limits.installerBytesMax} bytes`);
      chunks.push(chunk);
    }
    return { ok: true, bytes: Buffer.concat(chunks) };
  } catch (error) {
    return unavailable(url, reasonOf(error));
  }
}

/** Not `tool_broken`: with a better line to Valve this agent works. */
function unavailable(url: string, why: string): { ok: false; failure: FailureReport } {
  return {
    ok: false,
    failure: { code: "steam_unreachable", detail: `Could not download SteamCMD from ${url}: ${why}` },
  };
}

async function unpack(archive: Uint8Array, folder: string): Promise<Installed> {
  const fresh = `${folder}.${process.pid}`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await unpackInstaller(archive, fresh);
    const program = programIn(fresh);
    if (program === null) throw new Error("Could not unpack SteamCMD: no steamcmd in the archive");
    await chmod(program, 0o755);
    // Another process (`get` beside `run`) may have been quicker: then its installation stays.
    if (programIn(folder) === null) {
      await rm(folder, { recursive: true, force: true });
      await rename(fresh, folder);
    }
    await rm(fresh, { recursive: true, force: true });
    const file = programIn(folder);
    if (file !== null) return { ok: true, file };
    throw new Error("Could not unpack SteamCMD: it vanished");
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    const full = error instanceof Error && "code" in error && error.code === "ENOSPC";
    return { ok: false, failure: { code: full ? "disk_full" : "tool_broken", detail: reasonOf(error) } };
  }
}

/** `fetch` hides what happened in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
