import { expect, test } from "vitest";
import { serving } from "../../test/http-file-server.ts";
import { post } from "./post.ts";

const request = { headers: { "content-type": "text/plain" }, body: "hällo", answerBytesMax: 1_000 };
const never = new AbortController().signal;

test("post() sends path, query, user and body, and reads status, headers and body", async () => {
  const { url, requests } = await serving((_request, response) =>
    response.writeHead(418, { "X-Kind": "Pot" }).end("tea"),
  );
  const target = new URL("/a/b?c=d", url.replace("//", "//me:secret@"));

  const answer = await post({ ...request, url: target, signal: never });

  expect(answer).toMatchObject({ status: 418, headers: { "x-kind": "Pot" }, isWhole: true });
  expect(answer.body.toString()).toBe("tea");
  expect(requests[0]).toMatchObject({ method: "POST", url: "/a/b?c=d" });
  expect(requests[0]?.headers).toMatchObject({ authorization: "Basic bWU6c2VjcmV0", "content-length": "6" });
});

test("post() sends chunks where it should", async () => {
  const { url, requests } = await serving((_request, response) => response.end());

  await post({ ...request, url: new URL(url), isChunked: true, signal: never });

  expect(requests[0]?.headers["transfer-encoding"]).toBe("chunked");
  expect(requests[0]?.headers["content-length"]).toBe(undefined);
});

test("post() does not follow a redirect", async () => {
  const { url, requests } = await serving((_request, response) => response.writeHead(307, { location: "/b" }).end());

  expect(await post({ ...request, url: new URL(url), signal: never })).toMatchObject({ status: 307 });
  expect(requests).toHaveLength(1);
});

test("post() keeps the beginning of an answer that is too long and hangs up", async () => {
  const closed = Promise.withResolvers<void>();
  const { url } = await serving((_request, response) => {
    response.on("close", closed.resolve);
    response.write("x".repeat(5_000));
  });

  const answer = await post({ ...request, url: new URL(url), signal: never });

  expect([answer.isWhole, answer.body.length]).toEqual([false, 1_000]);
  await expect(closed.promise).resolves.toBe(undefined);
});

test("post() rejects when nobody answers, when the answer breaks, and when it is aborted", async () => {
  const broken = await serving((_request, response) => response.write("half", () => response.destroy()));
  const stop = new AbortController();
  const silent = await serving(() => stop.abort(new Error("enough")));

  await expect(post({ ...request, url: new URL("http://127.0.0.1:1/"), signal: never })).rejects.toThrow(
    "ECONNREFUSED",
  );
  await expect(post({ ...request, url: new URL(broken.url), signal: never })).rejects.toThrow();
  await expect(post({ ...request, url: new URL(silent.url), signal: stop.signal })).rejects.toThrow(/abort/i);
});
