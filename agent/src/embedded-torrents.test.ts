import { expect, test } from "vitest";
import { silent } from "../test/fake-steamcmd-engine.ts";
import { defaultConfig } from "./config.ts";
import { briefTorrents, embeddedTorrents } from "./embedded-torrents.ts";
import { PortsTakenError } from "./engine/torrent/embedded/embedded.ts";

test("briefTorrents() takes any port where an agent has the one of the configuration; an agent does not", async () => {
  const config = { ...defaultConfig("box"), allowPrivateSources: true };
  const agent = await embeddedTorrents(config, silent)({ stateFolder: null });
  const chosen = { ...config, torrent: { ...config.torrent, port: agent.port } };

  const brief = await briefTorrents(chosen, silent)({ stateFolder: null });
  const second = embeddedTorrents(chosen, silent)({ stateFolder: null });

  await expect(second).rejects.toBeInstanceOf(PortsTakenError);
  expect(brief.port).not.toBe(agent.port);
  await brief.close();
  await agent.close();
  const alone = await briefTorrents(chosen, silent)({ stateFolder: null });
  expect(alone.port).toBe(chosen.torrent.port);
  await alone.close();
});
