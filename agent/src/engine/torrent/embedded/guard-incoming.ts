import type { ConnectionPool } from "webtorrent";
import type { EmbeddedLimits } from "./limits.ts";

/** Bounds how many strangers are connected, and how long they may keep silent about what they want. WebTorrent takes everybody. */
export function guardIncoming(pool: ConnectionPool, limits: EmbeddedLimits): void {
  const accept = pool._onConnection.bind(pool);
  let open = 0;
  pool._onConnection = (connection, type) => {
    const pending = pool._pendingConns;
    if (pending === null || open >= limits.incomingMax || pending.size >= limits.pendingMax) {
      connection.on("error", () => undefined);
      connection.destroy();
      return;
    }
    open += 1;
    const timer = setTimeout(() => {
      if (pool._pendingConns?.has(connection) === true) connection.destroy();
    }, limits.handshakeMs);
    timer.unref();
    connection.once("close", () => {
      open -= 1;
      clearTimeout(timer);
    });
    accept(connection, type);
  };
}
