import type { Deps } from "../deps.ts";
import { type Admission, admit, type Knock, type Visitor } from "./admission.ts";
import { createFleet, type Hub } from "./hub.ts";
import { type ActionDeps, bindActions, type LinkActions } from "./link-actions.ts";
import { createRowWatch } from "./row-watch.ts";
import { Session, type SessionContext } from "./session.ts";
import type { Socket } from "./socket.ts";
import { Strangers } from "./strangers.ts";

/** The gateway's side of all sockets, the same on every runtime. */
export type Link = {
  fleet: Hub;
  /** Before a WebSocket exists. A visitor counts as a stranger until it proves who it is, or until `leave`. */
  knock(knock: Knock): Admission;
  open(socket: Socket, visitor: Visitor): void;
  /** One second passed: timeouts, backlogs and, now and then, the agents' rows. */
  tick(): Promise<void>;
};

export type LinkDeps = Pick<
  Deps,
  "agents" | "bells" | "config" | "limits" | "log" | "newId" | "now" | "random" | "randomBytes"
>;

/** The link with the project's own rules behind it. */
export function createLink(deps: LinkDeps & ActionDeps): Link {
  return createLinkWith(deps, bindActions(deps));
}

/** The link with other rules behind it, for tests and benchmarks of the link itself. */
export function createLinkWith(deps: LinkDeps, actions: LinkActions): Link {
  const fleet = createFleet(deps);
  const strangers = new Strangers(deps.limits.strangersPerAddressMax);
  const context: SessionContext = { ...deps, actions, roster: fleet };
  const rows = createRowWatch(deps, fleet);
  return {
    fleet,
    knock: (knock) => admit(knock, { publicUrl: deps.config.publicUrl, strangers }),
    open: (socket, visitor) => fleet.add(new Session(context, socket, visitor)),
    tick() {
      fleet.tick();
      return rows.look();
    },
  };
}

/** Ticks every second until the returned function is called. The timer keeps no process alive. */
export function startTicking(link: Link): () => void {
  // `look` inside catches and logs, so nothing is lost in this promise.
  const timer = setInterval(() => void link.tick(), 1_000);
  timer.unref();
  return () => clearInterval(timer);
}
