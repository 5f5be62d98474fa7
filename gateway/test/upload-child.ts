import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getRequestListener } from "@hono/node-server";
import { LIMITS, newId } from "@modfleet/protocol";
import { createDiskBlobs } from "../src/blobs/disk.ts";
import { signUploadToken } from "../src/domain/upload-token.ts";
import { uploadRoutes } from "../src/routes/agent/uploads.ts";
import { createApi } from "../src/routes/api.ts";
import { onError } from "../src/routes/on-error.ts";
import { requestContext } from "../src/routes/request-context.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import { createJobStore } from "../src/store/jobs.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { createUploadStore } from "../src/store/uploads.ts";
import { aClaimedJob } from "./claimed.ts";
import { jobWorld } from "./job-deps.ts";
import { AGENT_A, aNewJob } from "./jobs.ts";
import { listen } from "./listen.ts";

// A process that takes uploads: `upload-child.ts FOLDER PART_BYTES`. It tells its parent `{url, token}`, and after a
// message `measure` answers `report` with what its event loop and its memory went through in between.
const [folder = "", partBytes = ""] = process.argv.slice(2);
const database = createEmbedded({ path: join(folder, "test.db") });
await migrate(database, await readMigrations());

const world = await jobWorld({ startAt: Date.now() });
const deps = {
  ...world.deps,
  now: Date.now,
  newId: (prefix: Parameters<typeof newId>[0]) => newId(prefix, randomBytes),
  limits: { ...LIMITS, partBytes: Number(partBytes) },
  jobs: createJobStore(database),
  uploads: createUploadStore(database),
  blobs: createDiskBlobs({ root: folder, reserveBytes: 0, now: Date.now }),
};
const held = await deps.jobs.latestFor(aNewJob().mod);
const job = held ?? (await aClaimedJob({ deps }));

const api = createApi();
api.use(requestContext(deps));
api.onError(onError);
uploadRoutes(api, deps);
const { url } = await listen(createServer(getRequestListener(api.fetch)));

const claims = { job: job.id, epoch: 1, agent: AGENT_A, maxBytes: 2 ** 40, expiresAt: Date.now() + 3_600_000 };
process.send?.({ url, token: signUploadToken(deps.uploadSecret, claims) });

const delay = monitorEventLoopDelay({ resolution: 1 });
let rssBefore = 0;
let rssPeak = 0;
const watch = () => {
  rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
};
process.on("message", (message) => {
  if (message === "measure") {
    rssBefore = process.memoryUsage.rss();
    delay.reset();
    delay.enable();
    setInterval(watch, 50);
  } else {
    watch();
    const { user, system } = process.cpuUsage();
    const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6];
    process.send?.({ p99, max, rssBefore, rssPeak, cpuMs: (user + system) / 1e3 });
  }
});
process.on("disconnect", () => process.exit());
