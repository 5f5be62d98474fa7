import type { Config } from "./config.ts";
import type { EngineLog } from "./engine/options.ts";
import { type EmbeddedClient, type EmbeddedOptions, PortsTakenError } from "./engine/torrent/embedded/embedded.ts";

type Chosen = Pick<Config, "torrent" | "allowPrivateSources">;
type Place = Pick<EmbeddedOptions, "stateFolder"> & Partial<Pick<EmbeddedOptions, "ports" | "peerId" | "allowPrivate">>;

/**
 * Opens torrent clients inside this process, as the volunteer wants them and on their port unless another one is named. The code is
 * loaded with the first: it costs memory, and most lives of a process need none.
 */
export function embeddedTorrents({ torrent, allowPrivateSources: allowPrivate }: Chosen, log: EngineLog) {
  const { port, dht } = torrent;
  return async (place: Place): Promise<EmbeddedClient> => {
    const { createEmbeddedClient } = await import("./engine/torrent/embedded/embedded-client.ts");
    return await createEmbeddedClient({ ports: { first: port, last: port }, allowPrivate, ...place, dht, log });
  };
}

/** As `embeddedTorrents`, for a short life: an agent that runs beside this one may have the port. */
export function briefTorrents(chosen: Chosen, log: EngineLog) {
  const open = embeddedTorrents(chosen, log);
  return (place: Place): Promise<EmbeddedClient> =>
    open(place).catch((error: unknown) => {
      if (error instanceof PortsTakenError) return open({ ...place, ports: { first: 0, last: 0 } });
      throw error;
    });
}
