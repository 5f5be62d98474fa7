import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import type { TempFolder } from "../test/temp-folder.ts";

const STARTS_MAX = 100;

/** What it may write lies in the folder, which no other user may read; `/limited/` sends 10 MiB/s over each connection. */
const configuration = (folder: TempFolder, port: number): string => `
${process.getuid?.() === 0 ? "user root;" : ""} daemon off; worker_processes 1; pid ${folder.at("nginx.pid")}; error_log ${folder.at("nginx.log")};
events { worker_connections 256; }
http {
  access_log off; sendfile on; default_type application/octet-stream;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path ${folder.at("temp", one)};`).join(" ")}
  server {
    listen 127.0.0.1:${port};
    root ${folder.at("www")};
    location /limited/ { alias ${folder.at("www")}/; limit_rate 10m; }
  }
}`;

/** Serves the folder's `www` until it is disposed of. */
export async function startNginx(folder: TempFolder): Promise<AsyncDisposable & { port: number }> {
  const port = await freePort();
  await mkdir(folder.at("temp"), { recursive: true });
  await writeFile(folder.at("nginx.conf"), configuration(folder, port));
  const nginx = execa("nginx", ["-p", folder.path, "-c", folder.at("nginx.conf")], { stdin: "ignore", reject: false });
  const stop = async (): Promise<void> => {
    nginx.kill();
    await nginx;
  };
  for (let start = 0; !(await answers(port)); start += 1) {
    if (start === STARTS_MAX) {
      await stop();
      throw new Error(`Could not start nginx: ${(await nginx).stderr}`);
    }
    await delay(50);
  }
  return { port, [Symbol.asyncDispose]: stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No port");
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    // Refused: not there yet.
    return false;
  } finally {
    socket.destroy();
  }
}
