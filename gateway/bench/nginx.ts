import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type NginxOptions = { folder: string; port: number; archives: string; gateway: string; accelPrefix: string };

/** nginx keeps few of the gateway's headers when it takes over; these it has to be told about. */
const HANDED_ON = [
  ...["ETag", "Repr-Digest", "X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy"],
  ...["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"],
];

/** What an operator adds to nginx so that it sends the archives of `folder` for `MODFLEET_ACCEL_PREFIX`. */
function accelLocation(prefix: string, folder: string): string {
  const variable = (name: string) => `$upstream_http_${name.toLowerCase().replaceAll("-", "_")}`;
  const headers = HANDED_ON.map((name) => `add_header ${name} ${variable(name)};`).join(" ");
  return `location ${prefix} { internal; alias ${folder}/; etag off; ${headers} }`;
}

/** Debian's settings where they matter for files. */
function configuration({ folder, port, archives, gateway, accelPrefix }: NginxOptions): string {
  // As root its workers would become `nobody`, who cannot look into a private temporary folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user}
daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes auto;
events { worker_connections 768; }
http {
  sendfile on; tcp_nopush on; default_type application/octet-stream; access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location /plain/ { alias ${archives}/; }
    ${accelLocation(accelPrefix, archives)}
    location / { proxy_pass ${gateway}; }
  }
}`;
}

/** Starts nginx in the foreground of its own folder; null where it is not installed. */
export async function startNginx(options: NginxOptions): Promise<ChildProcess | null> {
  if (spawnSync("nginx", ["-v"]).error !== undefined) return null;
  await mkdir(options.folder, { recursive: true });
  const file = join(options.folder, "nginx.conf");
  await writeFile(file, configuration(options));
  const child = spawn("nginx", ["-p", options.folder, "-c", file], { stdio: ["ignore", "ignore", "inherit"] });
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`Could not start nginx: exit ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${options.port}/healthz`).catch(() => null);
    if (answer !== null) return child;
    await sleep(50);
  }
  throw new Error("Could not start nginx: it does not answer");
}
