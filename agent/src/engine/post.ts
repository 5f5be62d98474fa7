import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export type PostRequest = {
  /** `http:` or `https:`; a user and password in it become Basic authentication. */
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Sends the body in chunks instead of saying its length. */
  isChunked?: boolean;
  /** Of the answer, no more than this is read. */
  answerBytesMax: number;
  /** Ends the exchange wherever it is; the promise then rejects. */
  signal: AbortSignal;
};

/** `isWhole` is false where the answer was longer than allowed: `body` is then its beginning. */
export type PostAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer; isWhole: boolean };

/**
 * One POST over a connection of its own, so that no idle connection of a server that has restarted is taken for an outage.
 * Redirects are answers like others. Rejects when there is no complete answer.
 */
export function post({
  url,
  headers,
  body,
  isChunked = false,
  answerBytesMax,
  signal,
}: PostRequest): Promise<PostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const length = isChunked ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const request = send(url, { method: "POST", headers: { ...headers, ...length }, agent: false, signal });
  request.on("error", reject);
  request.on("response", (response) => {
    readAnswer(response, answerBytesMax).then(resolve, reject);
  });
  request.write(body);
  request.end();
  return promise;
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<PostAnswer> {
  const { statusCode: status = 0, headers } = response;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    const wanted = Buffer.from(piece).subarray(0, bytesMax - bytes);
    pieces.push(wanted);
    bytes += wanted.length;
    // Leaving the loop destroys the response and its connection with it.
    if (wanted.length < piece.length) return { status, headers, body: Buffer.concat(pieces), isWhole: false };
  }
  return { status, headers, body: Buffer.concat(pieces), isWhole: true };
}
