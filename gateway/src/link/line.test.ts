import { CLOSE_CODES, type GatewayMessage, LIMITS } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { Line } from "./line.ts";
import type { Socket } from "./socket.ts";

const ref = { job: "job_00000000000000000001", epoch: 1 };
const source = { kind: "workshop", app: 1, item: "1" } as const;
const offer: GatewayMessage = { type: "offer", ...ref, source, maxBytes: 1, deadlineMs: 1, uploadToken: "t" };
const settled: GatewayMessage = { type: "settled", ...ref };
const nothingRevoked: GatewayMessage = { type: "beaten", revoked: [] };
const revocation: GatewayMessage = { type: "beaten", revoked: [ref] };

/** A line over a socket in whose buffer so many bytes wait. */
function lineWith(waiting: number) {
  const sent: string[] = [];
  const closes: unknown[] = [];
  const ends: string[] = [];
  const socket: Socket = {
    send: (frame) => sent.push(frame),
    close: (code, reason) => closes.push([code, reason]),
    bufferedAmount: () => waiting,
    listen: () => {},
  };
  const line = new Line(socket, { limits: LIMITS, log: silentLog, ended: (reason) => ends.push(reason) });
  return { line, sent, closes, ends };
}

test.each<[string, number, GatewayMessage, boolean]>([
  ["says progress up to 256 KiB", LIMITS.bufferedProgressMax, nothingRevoked, true],
  ["says no progress beyond 256 KiB", LIMITS.bufferedProgressMax + 1, nothingRevoked, false],
  ["says a revocation beyond 256 KiB", LIMITS.bufferedProgressMax + 1, revocation, true],
  ["says an offer up to 1 MiB", LIMITS.bufferedOfferMax, offer, true],
  ["says no offer beyond 1 MiB", LIMITS.bufferedOfferMax + 1, offer, false],
  ["says what is final up to 4 MiB", LIMITS.bufferedCloseMax, settled, true],
])("Line %s", (_, waiting, message, isSaid) => {
  const { line, sent, closes } = lineWith(waiting);

  expect(line.say(message)).toBe(isSaid);
  expect(sent).toHaveLength(isSaid ? 1 : 0);
  expect(closes).toEqual([]);
});

test("Line closes with slow_consumer beyond 4 MiB, when it speaks or is looked at", () => {
  const speaking = lineWith(LIMITS.bufferedCloseMax + 1);
  const quiet = lineWith(LIMITS.bufferedCloseMax + 1);

  expect(speaking.line.say(settled)).toBe(false);
  quiet.line.checkBacklog();

  const closed = [[CLOSE_CODES.slow_consumer.code, "slow_consumer"]];
  expect([speaking.closes, quiet.closes]).toEqual([closed, closed]);
  expect(speaking.sent).toEqual([]);
});

test("Line ends once and says nothing after it", () => {
  const { line, sent, closes, ends } = lineWith(0);

  line.end("restarting", "250");
  line.end("silent");

  expect(line.say(settled)).toBe(false);
  expect(closes).toEqual([[CLOSE_CODES.restarting.code, "250"]]);
  expect([ends, sent]).toEqual([["restarting"], []]);
});

test("Line does not say a message that is larger than a frame may be", () => {
  const { line, sent } = lineWith(0);

  expect(line.say({ type: "beaten", revoked: Array.from({ length: 5_000 }, () => ref) })).toBe(false);
  expect(sent).toEqual([]);
});
