import type { AgentMessage, JobRef } from "@modfleet/protocol";
import type { Bells } from "../deps.ts";
import type { Log } from "../log.ts";
import type { Line } from "./line.ts";
import type { LinkActions } from "./link-actions.ts";
import type { Member } from "./member.ts";

type Answering = {
  actions: LinkActions;
  bells: { dispatch: Pick<Bells["dispatch"], "ring"> };
  log: Log;
};

type Conversation = { member: Member; line: Pick<Line, "say"> };

/** What an authenticated agent's message does. Every case may be repeated or come late: the rows decide. */
export async function answerMessage(
  { actions, bells, log }: Answering,
  { member, line }: Conversation,
  message: AgentMessage,
): Promise<void> {
  switch (message.type) {
    case "hello":
      return;
    case "ready":
      member.credits.ready(message.slots);
      member.freeBytes = message.freeBytes;
      if (member.credits.free > 0) bells.dispatch.ring();
      return;
    case "accept":
      member.credits.accepted(message);
      if (!(await actions.accept(member, message))) line.say({ type: "lost", ...refOf(message), why: "stale" });
      return;
    case "decline":
      log.debug("An agent declined", { agent: member.agent, job: message.job, reason: message.reason });
      await actions.decline(member, message);
      member.credits.declined(message);
      bells.dispatch.ring();
      return;
    case "beat":
      member.freeBytes = message.freeBytes;
      line.say({ type: "beaten", revoked: await actions.beat(member, message.leases) });
      return;
    case "finished":
      line.say(await actions.finish(member, message));
      return;
    case "failed":
      line.say(await actions.fail(member, message));
      return;
    case "draining":
      member.draining = true;
      return;
    case "unsupported":
      log.debug("An agent does not know a message", { agent: member.agent, what: message.what });
      return;
    default:
      message satisfies never;
  }
}

const refOf = ({ job, epoch }: JobRef): JobRef => ({ job, epoch });
