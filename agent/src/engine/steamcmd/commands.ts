import { isAbsolute } from "node:path";

/** One item of one app, downloaded by one account into one folder. */
export type DownloadCommand = { installDir: string; user: string; app: number; item: string };

/** What `+login` may carry: SteamCMD reads `+…` as a command and a blank as the end of an argument. */
export const STEAM_USER = /^[A-Za-z0-9_.@-]{1,64}$/;

/**
 * The argument vector of one download. The folder stands before the login or it is ignored; without NoPromptForPassword the
 * tool could wait at a prompt. Throws where a caller hands in what no configuration and no source can hold.
 */
export function downloadArguments({ installDir, user, app, item }: DownloadCommand): string[] {
  if (!isAbsolute(installDir)) throw new RangeError(`SteamCMD resolves relative folders from its own: ${installDir}`);
  if (!STEAM_USER.test(user)) throw new RangeError(`Not a Steam account name: ${user}`);
  return [
    ...["+@ShutdownOnFailedCommand", "1"],
    ...["+@NoPromptForPassword", "1"],
    ...["+force_install_dir", installDir],
    ...["+login", user],
    ...["+workshop_download_item", String(app), item],
    "+quit",
  ];
}

/** Once after an installation: takes the self-update of about 60 MB away from the first job. */
export const WARM_UP_ARGUMENTS = ["+login", "anonymous", "+quit"] as const;

/** The least that makes the tool start, update itself and end. */
export const PROBE_ARGUMENTS = ["+quit"] as const;
