import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { LIMITS } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { linkServer } from "../../test/link-server.ts";
import { listen } from "../../test/listen.ts";
import { flood, quietLink } from "../../test/quiet-link.ts";
import { openWire } from "../../test/wire-agent.ts";
import { acceptNodeUpgrades } from "./node-upgrade.ts";
import { type ServedLink, socketContract } from "./socket.contract.ts";

socketContract("Node", serveOnNode);

async function serveOnNode(publicKeys: readonly string[]): Promise<ServedLink> {
  const { link, close } = await quietLink(publicKeys);
  // The application answers plain requests; on Node it never sees an upgrade.
  const server = createServer((_, response) => response.writeHead(426).end());
  const stopLink = acceptNodeUpgrades(server, link);
  const listening = await listen(server);
  return {
    url: listening.url,
    flood: async (agent) => flood(link, agent),
    async stop() {
      stopLink();
      await listening.close();
      await close();
    },
  };
}

test("acceptNodeUpgrades() forgets a stranger whose handshake is broken", async () => {
  await using gateway = await linkServer();
  const { port } = new URL(gateway.url);

  for (let i = 0; i <= LIMITS.strangersPerAddressMax; i += 1) {
    const line = connect(Number(port), "127.0.0.1");
    line.write("GET /agent/v1/link HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    line.resume();
    await once(line, "close");
  }
  const wire = openWire(gateway.url);

  expect(await wire.next("challenge")).toMatchObject({ protocol: [1, 1] });
  await wire.close();
});

test("acceptNodeUpgrades() cuts the sockets that are open when it is stopped", async () => {
  const gateway = await linkServer();
  const wire = openWire(gateway.url);
  await wire.next("challenge");

  await gateway[Symbol.asyncDispose]();

  expect(await wire.closed).toMatchObject({ code: 1006 });
});
