import type { BucketSize, Config } from "../config.ts";
import type { Log } from "../log.ts";
import { parseApp } from "./app-facts.ts";
import { createBucket } from "./bucket.ts";
import { parseCollection } from "./collection-facts.ts";
import { type Call, fetchCall, type Reader } from "./fetch-call.ts";
import { type Asked, createGate, type Gate } from "./gate.ts";
import { type ItemEntry, parseItems } from "./item-facts.ts";
import { type Clock, createLookup, type LookupOptions, type Unavailable } from "./lookup.ts";
import { readJson } from "./read-json.ts";
import type { AppAnswer, CollectionAnswer, ItemAnswer, PageAnswer, Steam } from "./steam.ts";
import { createWebApi, ITEMS_PER_CALL } from "./web-api.ts";
import { readWorkshopPage, type WorkshopPage } from "./workshop-page.ts";

export type SteamOptions = Clock & {
  steam: Config["steam"];
  steamCalls: BucketSize;
  fetch: typeof globalThis.fetch;
  /** In [0, 1). */
  random: () => number;
  log: Log;
  /** How long the first id of a batch waits for company. */
  coalesceMs?: number;
  /** How long one call may take, body included. */
  timeoutMs?: number;
  /** Largest body that is read. */
  bytesMax?: number;
};

const MINUTE = 60_000;
const ITEM_TTL_MS = 5 * MINUTE;
const REMOVED_TTL_MS = MINUTE;
/** Steam leaves items out of an answer that only accounts may see, and perhaps for other reasons. */
const ABSENT_TTL_MS = 15_000;
const APP_TTL_MS = 24 * 60 * MINUTE;
const NO_APP_TTL_MS = 60 * MINUTE;

/** The store allows 200 requests in five minutes: ten at once and then one every 1.6 s stay below it. */
const STORE_CALLS: BucketSize = { burst: 10, everyMs: 1_600 };

/** After some forty pages in a row an address gets empty ones, and at times 429 after three. */
const PAGE_CALLS: BucketSize = { burst: 3, everyMs: 5_000 };

/** Steam had the question and answered something else; the next one is welcome after this. */
const JUNK: Unavailable = { kind: "unavailable", retryAfterMs: 10_000 };

type Found = ItemEntry | { kind: "absent" } | Unavailable;

/** Steam over HTTP: items in batches, everything shared while it is on its way, cached, and within the buckets. */
export function createSteam(options: SteamOptions): Steam {
  const closing = new AbortController();
  const clock: Clock = { now: options.now, sleep: options.sleep };
  const webApi = createWebApi(options.steam);
  const shared = { clock, signal: closing.signal, coalesceMs: options.coalesceMs ?? 50 };
  const remote = { ...shared, bucket: createBucket(options.steamCalls, clock) };
  const remoteGate = openGate(options, readJson, closing.signal);

  const items = createLookup(itemLookup(remote, async (ids) => await remoteGate.ask(webApi.items(ids))));
  const collections = createLookup(collectionLookup(remote, async (id) => await remoteGate.ask(webApi.collection(id))));
  const store = { ...shared, coalesceMs: 0, bucket: createBucket(STORE_CALLS, clock) };
  const storeGate = openGate(options, readJson, closing.signal);
  const apps = createLookup(appLookup(store, async (app) => await storeGate.ask(webApi.app(app))));
  const community = { ...shared, coalesceMs: 0, bucket: createBucket(PAGE_CALLS, clock) };
  const pageGate = openGate(options, readWorkshopPage, closing.signal);
  const pages = createLookup(pageLookup(community, async (id) => await pageGate.ask(webApi.page(id))));

  return {
    async item(id, { fresh = false } = {}) {
      const entry = await items(id, { fresh });
      return entry.kind === "empty" ? whatEmptyIs(entry, await collections(id)) : toAnswer(entry);
    },
    app: (app) => apps(String(app)),
    collection: (id) => collections(id),
    page: (id) => pages(id),
    close: () => closing.abort(),
  };
}

function openGate<Body>(options: SteamOptions, reader: Reader<Body>, signal: AbortSignal): Gate<Body> {
  const { fetch, now, random, log, timeoutMs = 10_000, bytesMax = 8 * 1024 * 1024 } = options;
  const send = (call: Call) => fetchCall(call, reader, { fetch, timeoutMs, bytesMax, signal, now });
  return createGate({ send, now, random, log });
}

type Shared = Pick<LookupOptions<never>, "bucket" | "clock" | "signal" | "coalesceMs">;
type Ask<Key, Body = unknown> = (key: Key) => Promise<Asked<Body>>;

function itemLookup(shared: Shared, ask: Ask<readonly string[]>): LookupOptions<Found> {
  return {
    ...shared,
    sizeMax: ITEMS_PER_CALL,
    cacheMax: 5_000,
    async run(ids) {
      const asked = await ask(ids);
      const entries = asked.ok ? parseItems(asked.body) : null;
      const otherwise: Found = entries ? { kind: "absent" } : asked.ok ? JUNK : unavailable(asked.retryAfterMs);
      return new Map(ids.map((id) => [id, entries?.get(id) ?? otherwise]));
    },
    ttlMs({ kind }) {
      if (kind === "unavailable" || kind === "unclear") return 0;
      if (kind === "absent") return ABSENT_TTL_MS;
      return kind === "removed" ? REMOVED_TTL_MS : ITEM_TTL_MS;
    },
  };
}

function collectionLookup(shared: Shared, ask: Ask<string>): LookupOptions<CollectionAnswer> {
  return {
    ...shared,
    sizeMax: 1,
    cacheMax: 1_000,
    run: oneByOne(ask, parseCollection),
    ttlMs: ({ kind }) => (kind === "unavailable" ? 0 : ITEM_TTL_MS),
  };
}

function appLookup(shared: Shared, ask: Ask<number>): LookupOptions<AppAnswer> {
  return {
    ...shared,
    sizeMax: 1,
    cacheMax: 1_000,
    run: oneByOne(
      (app) => ask(Number(app)),
      (app, json) => parseApp(Number(app), json),
    ),
    ttlMs: ({ kind }) => (kind === "unavailable" ? 0 : kind === "unknown" ? NO_APP_TTL_MS : APP_TTL_MS),
  };
}

function pageLookup(shared: Shared, ask: Ask<string, WorkshopPage>): LookupOptions<PageAnswer> {
  const run = oneByOne(ask, (_, page: WorkshopPage): PageAnswer => page);
  return { ...shared, sizeMax: 1, cacheMax: 0, run, ttlMs: () => 0 };
}

function oneByOne<Body, Answer>(ask: Ask<string, Body>, parse: (id: string, body: Body) => Answer | null) {
  return async (ids: readonly string[]): Promise<Map<string, Answer | Unavailable>> => {
    const answers = new Map<string, Answer | Unavailable>();
    for (const id of ids) {
      const asked = await ask(id);
      answers.set(id, asked.ok ? (parse(id, asked.body) ?? JUNK) : unavailable(asked.retryAfterMs));
    }
    return answers;
  };
}

const unavailable = (retryAfterMs: number): Unavailable => ({ kind: "unavailable", retryAfterMs });

function toAnswer(entry: Exclude<Found, { kind: "empty" }>): ItemAnswer {
  if (entry.kind === "absent") return { kind: "removed" };
  return entry.kind === "unclear" ? JUNK : entry;
}

function whatEmptyIs(entry: Extract<Found, { kind: "empty" }>, collection: CollectionAnswer): ItemAnswer {
  if (collection.kind === "unavailable") return collection;
  return collection.kind === "found" ? { kind: "collection" } : { kind: "found", item: entry.item };
}
