import { join } from "node:path";

/** Where SteamCMD keeps things below its `force_install_dir`. */
export type WorkshopPaths = { workshop: string; contents: string; downloads: string };

export function workshopPaths(installDir: string): WorkshopPaths {
  const workshop = join(installDir, "steamapps", "workshop");
  return { workshop, contents: join(workshop, "content"), downloads: join(workshop, "downloads") };
}

/** The folder of a complete item. */
export function itemPath(installDir: string, app: number, item: string): string {
  return join(workshopPaths(installDir).contents, String(app), item);
}

/** Steam's state file of an app: it decides what counts as installed. */
export function acfPath(installDir: string, app: number): string {
  return join(workshopPaths(installDir).workshop, `appworkshop_${app}.acf`);
}
