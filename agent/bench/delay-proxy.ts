import { connect, createServer, type Socket } from "node:net";

// Passes connections on to PORT, every byte DELAY milliseconds late in both directions: `delay-proxy.ts PORT DELAY`. Prints its
// own port. As much is on its way as a fast line of that length holds, and no more.

const [port = 0, delayMs = 0] = process.argv.slice(2).map(Number);
const PENDING_MAX = 4 * 1024 * 1024;

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  passLate(client, upstream);
  passLate(upstream, client);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});

function passLate(from: Socket, to: Socket): void {
  let pending = 0;
  const later = (action: () => void): void => void setTimeout(action, delayMs);
  from.on("data", (chunk: Buffer) => {
    pending += chunk.length;
    if (pending > PENDING_MAX) from.pause();
    later(() => {
      const goOn = (): void => {
        pending -= chunk.length;
        if (pending <= PENDING_MAX) from.resume();
      };
      if (to.destroyed) from.destroy();
      else to.write(chunk, goOn);
    });
  });
  from.on("end", () => later(() => to.end()));
  from.on("close", () => later(() => to.destroy()));
  from.on("error", () => to.destroy());
}
