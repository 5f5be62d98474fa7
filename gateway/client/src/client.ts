import { type Api, type ApiOptions, createApi } from "./api.ts";
import { type Download, type DownloadOptions, openDownload } from "./download.ts";
import { unwrap } from "./error.ts";
import { isJob, type Job, type Mod } from "./views.ts";
import { type WaitOptions, waitFor } from "./wait.ts";

/** What the library says to whoever asks for a mod. */
export type Asked = { kind: "here"; mod: Mod } | { kind: "coming"; job: Job };

/** Every path of the interface, typed, and what scripts do with a library most. */
export type ModfleetClient = Api & {
  /** Asks for a mod: it is here, or a job fetches it. Throws `not_found`, `not_ready`, `conflict` and the like. */
  ask(id: string, options?: { signal?: AbortSignal }): Promise<Asked>;
  /** The job once it is done; `onProgress` is told how far it is. */
  wait(job: string | { id: string }, options?: WaitOptions): Promise<Job>;
  /** The mod once its archive is here: `ask`, then `wait` where it has to be fetched. */
  fetch(id: string, options?: WaitOptions): Promise<Mod>;
  /** Opens the archive of a mod that is here, from the start or from where an earlier download broke. */
  download(id: string, options?: DownloadOptions): Promise<Download>;
};

/** A client of one library. It holds nothing open: there is nothing to close. */
export function createClient(options: ApiOptions): ModfleetClient {
  const api = createApi(options);
  const ask = (id: string, how: { signal?: AbortSignal } = {}) => request(api, id, how);
  const wait = (job: string | { id: string }, how?: WaitOptions) => waitFor(api, job, how);
  return {
    ...api,
    ask,
    wait,
    async fetch(id, how = {}) {
      const answer = await ask(id, how);
      if (answer.kind === "here") return answer.mod;
      await wait(answer.job, how);
      return await unwrap(api.GET("/api/mods/{id}", { params: { path: { id } }, ...signalIn(how) }));
    },
    download: (id, how) => openDownload(api, id, how),
  };
}

async function request(api: Api, id: string, how: { signal?: AbortSignal }): Promise<Asked> {
  const asked = api.POST("/api/mods/{id}/fetch", { params: { path: { id } }, ...signalIn(how) });
  const view = await unwrap(asked);
  return isJob(view) ? { kind: "coming", job: view } : { kind: "here", mod: view };
}

function signalIn({ signal }: { signal?: AbortSignal }): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
