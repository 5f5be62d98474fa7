import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AgentMessage } from "./agent-message.ts";
import { decodeAgentMessage, decodeGatewayMessage, encode } from "./codec.ts";
import { GatewayMessage } from "./gateway-message.ts";

const folder = (side: string): URL => new URL(`../golden/${side}/`, import.meta.url);
const framesOf = (side: string): [string, string][] =>
  readdirSync(folder(side)).map((file) => [
    file.replace(".json", ""),
    readFileSync(new URL(file, folder(side)), "utf8"),
  ]);
const typesOf = (union: { options: readonly { shape: { type: { value: string } } }[] }): string[] =>
  union.options.map((option) => option.shape.type.value);

test.each(framesOf("agent"))("decodeAgentMessage() still reads the recorded %s", (type, frame) => {
  const recorded: unknown = JSON.parse(frame);

  expect(decodeAgentMessage(frame)).toEqual({ ok: true, message: recorded });
  expect(recorded).toMatchObject({ type });
});

test.each(framesOf("gateway"))("decodeGatewayMessage() still reads the recorded %s", (type, frame) => {
  const recorded: unknown = JSON.parse(frame);

  expect(decodeGatewayMessage(frame)).toEqual({ ok: true, message: recorded });
  expect(recorded).toMatchObject({ type });
});

test("encode() writes what the other side reads back, for every recorded message", () => {
  const agent = framesOf("agent").map(([, frame]) => decodeAgentMessage(frame));
  const gateway = framesOf("gateway").map(([, frame]) => decodeGatewayMessage(frame));

  expect(agent.map((decoded) => decoded.ok && decodeAgentMessage(encode(decoded.message)))).toEqual(agent);
  expect(gateway.map((decoded) => decoded.ok && decodeGatewayMessage(encode(decoded.message)))).toEqual(gateway);
});

test("golden frames exist for every message of both directions", () => {
  expect(framesOf("agent").map(([type]) => type)).toEqual(typesOf(AgentMessage).toSorted());
  expect(framesOf("gateway").map(([type]) => type)).toEqual(typesOf(GatewayMessage).toSorted());
});
