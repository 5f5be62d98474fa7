import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAgentMessage, decodeGatewayMessage, encode } from "./codec.ts";
import { LIMITS } from "./limits.ts";

const READY = { type: "ready", slots: 2, freeBytes: 10 } as const;
const reasonOf = (frame: string) => {
  const decoded = decodeAgentMessage(frame);
  return decoded.ok ? "ok" : decoded.reason;
};

test("decodeAgentMessage() never throws on any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 500 }), (frame) => {
      expect(decodeAgentMessage(frame).ok).toBe(false);
      expect(decodeGatewayMessage(frame).ok).toBe(false);
    }),
  );
});

test("decodeAgentMessage() never throws on any JSON, known types included", () => {
  const types = fc.constantFrom("hello", "ready", "accept", "beat", "finished", "failed", "offer", "welcome", "sing");
  const frames = fc.tuple(types, fc.dictionary(fc.string(), fc.jsonValue())).map(([type, rest]) => ({ ...rest, type }));

  fc.assert(
    fc.property(frames, (frame) => {
      const text = JSON.stringify(frame);
      expect([decodeAgentMessage(text).ok, decodeGatewayMessage(text).ok]).not.toContain(undefined);
    }),
  );
});

test.each([
  ["", "not_json"],
  ["{", "not_json"],
  ["null", "unknown_shape"],
  ["[]", "unknown_shape"],
  ['"ready"', "unknown_shape"],
  ['{"type":7}', "unknown_shape"],
  ['{"type":"ready"}', "unknown_shape"],
  ['{"type":"ready","slots":-1,"freeBytes":1}', "unknown_shape"],
  ['{"type":"ready","slots":1.5,"freeBytes":1}', "unknown_shape"],
  ['{"type":"ready","slots":1,"freeBytes":9007199254740993}', "unknown_shape"],
  ['{"type":"sing"}', "unknown_type"],
  ['{"type":"offer"}', "unknown_type"],
  ['{"type":"toString"}', "unknown_type"],
])("decodeAgentMessage() calls %s %s", (frame, reason) => {
  expect(reasonOf(frame)).toBe(reason);
});

test("decodeAgentMessage() names the field that is wrong", () => {
  expect(decodeAgentMessage('{"type":"ready","slots":1,"freeBytes":"much"}')).toMatchObject({
    detail: expect.stringMatching(/^ready\.freeBytes: /),
  });
});

test("decodeAgentMessage() repeats at most 64 characters of an unknown type", () => {
  expect(decodeAgentMessage(JSON.stringify({ type: "x".repeat(1_000) }))).toMatchObject({ type: "x".repeat(64) });
});

test("decodeAgentMessage() ignores unknown fields", () => {
  expect(decodeAgentMessage(JSON.stringify({ ...READY, mood: "good" }))).toEqual({ ok: true, message: READY });
});

test("decodeAgentMessage() counts bytes, not characters, and takes exactly the limit", () => {
  const frameOf = (bytes: number) => {
    const empty = JSON.stringify({ ...READY, pad: "" });
    const room = bytes - empty.length;
    return JSON.stringify({ ...READY, pad: "€".repeat(Math.floor(room / 3)) + "x".repeat(room % 3) });
  };

  expect(reasonOf(frameOf(LIMITS.frameBytesMax))).toBe("ok");
  expect(reasonOf(frameOf(LIMITS.frameBytesMax + 1))).toBe("too_large");
  expect(reasonOf(`"${"x".repeat(LIMITS.frameBytesMax)}"`)).toBe("too_large");
});

test("decodeAgentMessage() refuses nesting that would overflow a stack", () => {
  const nested = (depth: number) =>
    `{"type":"ready","slots":1,"freeBytes":1,"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

  expect(reasonOf(nested(30_000))).toBe("unknown_shape");
  expect(reasonOf(nested(LIMITS.frameDepthMax - 1))).toBe("ok");
  expect(reasonOf(nested(LIMITS.frameDepthMax + 1))).toBe("unknown_shape");
});

test("encode() throws for a frame of ours that is too large", () => {
  expect(() => encode({ type: "unsupported", what: "x".repeat(LIMITS.frameBytesMax) })).toThrow("too large");
});
