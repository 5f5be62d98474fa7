import { anItem } from "../items.ts";
import { aConnected } from "../job-deps.ts";
import { askForParts, type Drive, diskFull } from "./drive.ts";

const HERE = anItem();

/** Both of PyTorrent's interfaces, with every answer they have. */
export async function drivePytorrent(drive: Drive): Promise<void> {
  const { gateway } = drive;
  await gateway.addArchive();
  gateway.answers.set(HERE.id, { kind: "found", item: HERE });
  for (const id of ["7", "8"]) gateway.answers.set(id, { kind: "found", item: anItem({ id }) });
  await drive.get("/");
  await drive.get("/", { accept: "text/html" });
  await driveReaders(drive);
  await driveStatistics(drive);
  await driveDownloads(drive);
}

async function driveReaders({ get, cached }: Drive): Promise<void> {
  const lists = ["/list/mods/", "/list/games/", "/list/tags/294100", "/list/genres", `/list/resources_mods/${HERE.id}`];
  for (const list of lists) {
    await cached(list);
    await get(`${list}?page_size=0`);
    await get(`${list}?page_size=many`);
  }
  const reads = [`info/mod/${HERE.id}`, "info/game/294100"];
  const v1 = ["v1/list/mods/10/0/294100/ALL", "v1/list/games/10/0/ALL", ...reads.map((read) => `v1/${read}`)];
  for (const read of [...reads, ...v1]) {
    await cached(`/${read}`);
    await get(`/${read.replace(/\d{2,}/, "x")}`);
  }
  for (const list of ["mods/-1/0/294100", "games/2000/0"]) await get(`/v1/list/${list}/ALL`);
  await cached(`/info/mod/${HERE.id}?dependencies=true`);
  await cached(`/condition/mod/[${HERE.id}]`);
  await get("/condition/mod/none");
}

async function driveStatistics({ gateway, get, cached }: Drive): Promise<void> {
  await gateway.deps.counters.flush();
  for (const path of ["delay", "hour", "day"]) await get(`/statistics/${path}`);
  for (const path of ["all", "type_map"]) await cached(`/statistics/info/${path}`);
  for (const query of ["start_hour=x", "start_hour=24", "start_hour=2&end_hour=1"])
    await get(`/statistics/hour?${query}`);
  for (const query of ["start_date=x", "start_date=2999-01-01"]) await get(`/statistics/day?${query}`);
}

async function driveDownloads(drive: Drive): Promise<void> {
  const { gateway, get } = drive;
  await get("/download/steam/7");
  await gateway.addArchive({ item: { id: "9", title: "..." } });
  await get("/download/9");
  gateway.connected.push(aConnected());
  for (const door of ["/download/steam", "/download", "/v1/download/steam"]) {
    await askForParts(drive, `${door}/${HERE.id}`);
    for (const id of ["7", "7", "1", "x"]) await get(`${door}/${id}`);
  }
  const { insertOrJoin } = gateway.deps.jobs;
  gateway.deps.jobs.insertOrJoin = diskFull;
  for (const door of ["/download/steam", "/v1/download/steam"]) await get(`${door}/8`);
  gateway.deps.jobs.insertOrJoin = insertOrJoin;
}
