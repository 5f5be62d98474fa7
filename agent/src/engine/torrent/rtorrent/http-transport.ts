import { post } from "../../post.ts";
import type { Transport } from "./endpoint.ts";
import { RTorrentError } from "./rtorrent-error.ts";

/** XML-RPC over HTTP, as a web server in front of rTorrent offers it at `/RPC2`. */
export function httpTransport(url: URL): Transport {
  return async (document, { answerBytesMax, signal }) => {
    const headers = { "content-type": "text/xml", accept: "text/xml" };
    const { status, body, isWhole } = await post({ url, headers, body: document, answerBytesMax, signal });
    if (status !== 200) throw new RTorrentError("refused", `The web server answered ${status}${explain(status)}`);
    if (!isWhole) throw new RTorrentError("too_large", `The answer has more than ${answerBytesMax} bytes`);
    return body.toString("utf8");
  };
}

function explain(status: number): string {
  if (status === 401 || status === 403) return ", it wants a password";
  if (status === 404) return ", the path is wrong";
  return status === 502 || status === 504 ? ", rTorrent does not run behind it" : "";
}
