import { expect, test } from "vitest";
import { type Body, type BodyRoom, createBodyRoom, withBody } from "./read-body.ts";
import { RestError } from "./rest-torrent.ts";

const bound = (room: BodyRoom) => ({ bytesMax: 10, code: "upload.invalid", room }) as const;
const request = (body: BodyInit): Body => new Response(body);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof RestError ? error.code : error),
  );

test("withBody() hands on the whole body", async () => {
  const text = await withBody(request("0123456789"), bound(createBodyRoom(10)), (bytes) => `${Buffer.from(bytes)}`);

  expect(text).toBe("0123456789");
});

test("withBody() refuses one byte too many, and what is more than all may hold", async () => {
  expect(await codeOf(withBody(request("0123456789a"), bound(createBodyRoom(100)), () => null))).toBe("upload.invalid");
  expect(await codeOf(withBody(request("0123456789"), bound(createBodyRoom(9)), () => null))).toBe("agent.busy");
});

test("withBody() holds its room until it is done, whatever becomes of it", async () => {
  const room = createBodyRoom(10);
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const first = withBody(request("0123456789"), bound(room), () => {
    begun.resolve();
    return held.promise;
  });
  await begun.promise;

  expect(await codeOf(withBody(request("0"), bound(room), () => null))).toBe("agent.busy");
  held.reject(new Error("Broken"));
  await expect(first).rejects.toThrow("Broken");
  await codeOf(withBody(request("0123456789a"), bound(room), () => null));

  expect(room.take(10)).toBe(true);
});

test("withBody() says that a body broke off", async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(3));
      controller.error(new Error("Reset"));
    },
  });

  expect(await codeOf(withBody(request(broken), bound(createBodyRoom(10)), () => null))).toBe("parameter.invalid");
});
