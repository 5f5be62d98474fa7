import { createEmbeddedClient } from "../src/engine/torrent/embedded/embedded-client.ts";

// Shares what STATE has, and MAGNET into FOLDER where it is given, and prints how many bytes it has, line by line. It is there to be
// killed; told "close" it ends by itself, and only when nothing of the client keeps the process alive.
const [stateFolder = "", folder = "", uri = ""] = process.argv.slice(2);
const silent = { info: () => undefined, warn: () => undefined };
const never = new AbortController().signal;
const client = await createEmbeddedClient({
  ...{ ports: { first: 0, last: 0 }, stateFolder, allowPrivate: true, log: silent },
});
if (uri !== "") await client.add({ from: { kind: "magnet", uri }, folder }, never);
const timer = setInterval(async () => {
  const [status] = await client.list(never);
  process.stdout.write(`${status?.bytes ?? 0}\n`);
}, 5);
process.stdin.once("data", async () => {
  clearInterval(timer);
  process.stdin.destroy();
  await client.close();
});
