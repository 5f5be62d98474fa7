import { type Api, type ApiOptions, createApi } from "./api.ts";
import { type Download, type DownloadOptions, openDownload } from "./download.ts";
import { unwrap } from "./error.ts";
import { isJob, type Job, type Mod, type Source } from "./views.ts";
import { type WaitOptions, waitFor } from "./wait.ts";

/** What the library says to whoever asks for a mod. */
export type Asked = { kind: "here"; mod: Mod } | { kind: "coming"; job: Job };

/** Every path of the interface, typed, and what scripts do with a library most. */
export type ModfleetClient = Api & {
  /** Asks for a mod: it is here, or a job fetches it. Throws `not_found`, `not_ready`, `conflict` and the like. */
  ask(id: string, options?: { signal?: AbortSignal }): Promise<Asked>;
  /** The same for whatever agents can fetch: a file behind an address, a torrent, a Workshop item. */
  askSource(source: Source, options?: { signal?: AbortSignal }): Promise<Asked>;
  /** The job once it is done; `onProgress` is told how far it is. */
  wait(job: string | { id: string }, options?: WaitOptions): Promise<Job>;
  /** The mod once its archive is here: `ask`, then `wait` where it has to be fetched. */
  fetch(id: string, options?: WaitOptions): Promise<Mod>;
  /** The same for whatever agents can fetch; `id` is what to download it by, and to ask for it again. */
  fetchSource(source: Source, options?: WaitOptions): Promise<Mod>;
  /** Opens the archive of a mod that is here, from the start or from where an earlier download broke. */
  download(id: string, options?: DownloadOptions): Promise<Download>;
};

/** A client of one library. It holds nothing open: there is nothing to close. */
export function createClient(options: ApiOptions): ModfleetClient {
  const api = createApi(options);
  const ask = (id: string, how: Abortable = {}) =>
    asked(api.POST("/api/mods/{id}/fetch", { params: { path: { id } }, ...signalIn(how) }));
  const askSource = (source: Source, how: Abortable = {}) =>
    asked(api.POST("/api/jobs", { body: { source }, ...signalIn(how) }));
  const wait = (job: string | { id: string }, how?: WaitOptions) => waitFor(api, job, how);
  async function here(answer: Asked, how: WaitOptions = {}): Promise<Mod> {
    if (answer.kind === "here") return answer.mod;
    const { mod: id } = await wait(answer.job, how);
    return await unwrap(api.GET("/api/mods/{id}", { params: { path: { id } }, ...signalIn(how) }));
  }
  return {
    ...api,
    ...{ ask, askSource, wait },
    fetch: async (id, how) => here(await ask(id, how), how),
    fetchSource: async (source, how) => here(await askSource(source, how), how),
    download: (id, how) => openDownload(api, id, how),
  };
}

type Abortable = { signal?: AbortSignal };

async function asked(asking: Parameters<typeof unwrap<Mod | Job>>[0]): Promise<Asked> {
  const view = await unwrap(asking);
  return isJob(view) ? { kind: "coming", job: view } : { kind: "here", mod: view };
}

function signalIn({ signal }: Abortable): Abortable {
  return signal === undefined ? {} : { signal };
}
