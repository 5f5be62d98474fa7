import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FakeItem } from "./fake-steamcmd-config.ts";
import { argumentsOf, config, home, state } from "./fake-steamcmd-console.ts";

export type Place = { app: string; item: string; root: string; content: string; part: string; acf: string };

export function placeOf(app: string, item: string, elsewhere: boolean): Place {
  const root = elsewhere ? join(home, "Steam") : (argumentsOf("force_install_dir")[0] ?? join(home, "Steam"));
  const workshop = join(root, "steamapps", "workshop");
  return {
    app,
    item,
    root,
    content: join(workshop, "content", app, item),
    part: join(workshop, "downloads", app, item, "part"),
    acf: join(workshop, `appworkshop_${app}.acf`),
  };
}

export function grow(place: Place): void {
  mkdirSync(dirname(place.part), { recursive: true });
  appendFileSync(place.part, Buffer.alloc(config.stepBytes, 7));
}

export function deliver(place: Place, item: FakeItem): number {
  const files = item.files ?? (item.bytes === undefined ? { "readme.txt": `item ${place.item}\n` } : {});
  mkdirSync(place.content, { recursive: true });
  let bytes = 0;
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place.content, name)), { recursive: true });
    writeFileSync(join(place.content, name), text);
    bytes += Buffer.byteLength(text);
  }
  if (item.bytes !== undefined) deliverBlob(place, item.bytes);
  rmSync(dirname(place.part), { recursive: true, force: true });
  writeAcf(place, item, bytes + (item.bytes ?? 0));
  return bytes + (item.bytes ?? 0);
}

function deliverBlob(place: Place, bytes: number): void {
  if (!existsSync(place.part)) grow(place);
  truncateSync(place.part, Math.min(bytes, statSync(place.part).size));
  appendFileSync(place.part, Buffer.alloc(bytes - statSync(place.part).size, 7));
  renameSync(place.part, join(place.content, "blob.bin"));
}

function writeAcf({ acf, app, item }: Place, { manifest = `66${item}` }: FakeItem, bytes: number): void {
  const entry = `\t\t"${item}"\n\t\t{\n\t\t\t"size"\t\t"${bytes}"\n\t\t\t"manifest"\t\t"${manifest}"\n\t\t\t"timeupdated"\t\t"1"\n\t\t}\n`;
  const section = (name: string) => `\t"${name}"\n\t{\n${entry}\t}\n`;
  const sections = `${section("WorkshopItemsInstalled")}${section("WorkshopItemDetails")}`;
  writeFileSync(acf, `"AppWorkshop"\n{\n\t"appid"\t\t"${app}"\n${sections}}\n`);
}

/** Steam decides "installed" from its state file: with the files gone it still says success. */
export function isRemembered({ acf, content }: Place): boolean {
  return existsSync(acf) && !existsSync(content);
}

export function linkOut({ content }: Place): void {
  const outside = join(state, "outside");
  mkdirSync(outside, { recursive: true });
  mkdirSync(dirname(content), { recursive: true });
  symlinkSync(outside, content);
}
