import type { IncomingHttpHeaders } from "node:http";
import { deadline } from "../engine/deadline.ts";
import { post } from "../engine/post.ts";
import { createDeliveries, type DeliveriesOptions } from "./deliveries.ts";
import type { WatchEvent } from "./events.ts";
import { safely } from "./safely.ts";
import { parseSecret, webhookHeaders } from "./sign.ts";

export type WebHookOptions = {
  /** An answer that is not 2xx, each time; the headers' names are lower case. */
  onFailed?: (url: URL, status: number, body: string, headers: IncomingHttpHeaders) => unknown;
  /** No answer, each time. */
  onError?: (url: URL, error: unknown) => unknown;
  /** `whsec_<base64>`: signs each request as Standard Webhooks do. */
  secret?: string;
};

export type WebHookTools = {
  /** Milliseconds UTC. */
  now: () => number;
  /** Unguessable, for `webhook-id`. */
  newId: () => string;
  onListenerError: (error: unknown) => void;
  retryMs?: readonly number[];
  timeoutMs?: number;
};

/** About three quarters of an hour in all. */
const RETRY_MS = [2_000, 10_000, 60_000, 300_000, 600_000, 1_800_000];
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 65_536;
const WAITING_MAX = 1_000;

export interface WebHook {
  send(happened: WatchEvent): void;
  /** Other callbacks and another secret, also for what waits already. */
  update(options: WebHookOptions): void;
  close(): void;
}

/**
 * Posts each event once to `url`, in order; what fails is tried again with the same body and `webhook-id`, the first time after two
 * seconds. Throws for a URL or a secret that is none.
 */
export function createWebHook(target: string | URL, given: WebHookOptions, tools: WebHookTools): WebHook {
  const url = parseTarget(target);
  let current = settle(given);
  const waitingMax = WAITING_MAX;
  const crowded = `More than ${waitingMax} events wait for ${url.origin}, the oldest is given up`;
  const deliveries = createDeliveries({
    attempt: createAttempt(url, () => current, tools),
    retryMs: tools.retryMs ?? RETRY_MS,
    waitingMax,
    onCrowded: () => safely(() => current.options.onError?.(new URL(url), new Error(crowded)), tools.onListenerError),
  });
  return {
    send: (happened) => deliveries.add({ id: tools.newId(), body: JSON.stringify(toBody(happened)) }),
    update: (options) => {
      current = settle(options);
    },
    close: deliveries.close,
  };
}

/** The address of a webhook: `http:` or `https:`. */
export function parseTarget(target: string | URL): URL {
  const url = URL.parse(String(target));
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new TypeError(`A webhook needs an http or https URL: ${String(target).slice(0, 200)}`);
}

type Settled = { options: WebHookOptions; key: Buffer | null };

function settle(options: WebHookOptions): Settled {
  const key = options.secret === undefined ? null : parseSecret(options.secret);
  if (key === null && options.secret !== undefined) throw new TypeError("A webhook's secret must be whsec_<base64>");
  return { options, key };
}

function createAttempt(url: URL, current: () => Settled, tools: WebHookTools): DeliveriesOptions["attempt"] {
  const { now, onListenerError, timeoutMs = TIMEOUT_MS } = tools;
  return async ({ id, body }, stop) => {
    const { options, key } = current();
    const headers = { "content-type": "application/json", ...webhookHeaders({ id, at: now(), body, key }) };
    using limit = deadline(stop, timeoutMs);
    try {
      const { signal } = limit;
      const answer = await post({ url, headers, body, isChunked: true, answerBytesMax: ANSWER_BYTES_MAX, signal });
      const { status } = answer;
      if (status >= 200 && status < 300) return true;
      const text = answer.body.toString("utf8");
      safely(() => options.onFailed?.(new URL(url), status, text, answer.headers), onListenerError);
    } catch (error) {
      if (!stop.aborted) safely(() => options.onError?.(new URL(url), error), onListenerError);
    }
    return false;
  };
}

/** dTorrent's body; `updated` and `error` are ours. */
function toBody(happened: WatchEvent): unknown {
  switch (happened.event) {
    case "error": {
      const { server, hash, message } = happened.error;
      return { entity: "server", event: "error", server, ...(hash === undefined ? {} : { hash }), message };
    }
    case "updated": {
      const { event, torrent, diff } = happened;
      return { entity: "torrent", event, torrent, diff };
    }
    default: {
      const { event, torrent } = happened;
      return { entity: "torrent", event, torrent };
    }
  }
}
