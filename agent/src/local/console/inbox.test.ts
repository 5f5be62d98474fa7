import { describe, expect, test } from "vitest";
import type { Frame } from "./conversation.ts";
import { Inbox } from "./inbox.ts";

function inboxBench() {
  const signs: string[] = [];
  const inbox = new Inbox({ onFull: () => signs.push("full"), onRoom: () => signs.push("room") });
  return { inbox, signs };
}

async function drained(inbox: Inbox): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of inbox.frames()) frames.push(frame);
  return frames;
}

describe("Inbox", () => {
  test("frames() gives out what was pushed, in order, before and after it is asked", async () => {
    const { inbox } = inboxBench();
    inbox.push("a");
    inbox.push(null);
    const drain = drained(inbox);
    await Promise.resolve();
    inbox.push("");
    inbox.end();

    expect(await drain).toEqual(["a", null, ""]);
  });

  test("push() asks the reader to stop once it is full, and to go on when there is room", async () => {
    const { inbox, signs } = inboxBench();
    for (let at = 0; at < 200; at += 1) inbox.push(String(at));
    expect(signs).toEqual(["full"]);
    inbox.end();

    expect(await drained(inbox)).toHaveLength(200);
    expect(signs).toEqual(["full", "room"]);
  });

  test("drop() gives out nothing more", async () => {
    const { inbox } = inboxBench();
    inbox.push("a");
    expect(inbox.some((frame) => frame === "a")).toBe(true);

    inbox.drop();

    expect(inbox.some(() => true)).toBe(false);
    expect(await drained(inbox)).toEqual([]);
  });
});
