import type { AgentId, ModId, Sha256 } from "@modfleet/protocol";
import type { Elsewhere } from "./delivered.ts";

/** Where a mod comes from, in PyTorrent's words. */
export const ORIGINS = ["steam", "http", "torrent", "local", "moddb"] as const;
export type Origin = (typeof ORIGINS)[number];

/** Ids from here on are given out by this library, to what comes from elsewhere; Workshop ids stay far below. */
export const FIRST_OWN_ID = 10n ** 15n;

/** What Steam says about a Workshop item: the facts a catalogue row is made of. Times are milliseconds UTC. */
export type ItemFacts = {
  id: ModId;
  app: number;
  title: string;
  description: string;
  /** Null where Steam does not say. */
  sizeBytes: number | null;
  /** Legacy items: plain HTTP address of the file. */
  fileUrl: string | null;
  /** `hcontent_file`, else `time_updated`. Two equal keys are one version. */
  versionKey: string;
  createdAt: number;
  updatedAt: number;
  previewUrl: string | null;
  creator: string | null;
  tags: readonly string[];
};

/** What Steam's store says about an app. */
export type AppFacts = {
  app: number;
  name: string;
  kind: "game" | "app";
  shortDescription: string;
  description: string;
  logoUrl: string | null;
  genres: readonly { id: number; name: string }[];
};

export type Game = AppFacts & { createdAt: number; origin: Origin; modsCount: number; modsDownloads: number };

/** A row of the catalogue. It exists from the first successful look at the source, with or without an archive. */
export type Mod = {
  id: ModId;
  origin: Origin;
  name: string;
  description: string;
  app: number | null;
  /** Size the source states, in bytes; null while unknown. */
  sizeBytes: number | null;
  previewUrl: string | null;
  creator: string | null;
  tags: readonly string[];
  /** Times at the source. */
  createdAt: number;
  updatedAt: number;
  /** Last time somebody asked for it. */
  requestedAt: number;
  downloads: number;
  /** The newest version key the source has shown; null while unknown. */
  versionKey: string | null;
  /** When the source was seen to have removed it; what we have stays available. */
  removedAt: number | null;
  /** The version that is served now; null while there is none. */
  current: Version | null;
  /** An archive taken over from PyTorrent, served while there is no version whose bytes are here; null without one. */
  imported: ImportedArchive | null;
  /** Where it is fetched from when that is not Steam; null for Workshop items and for what was taken over. */
  elsewhere: SeenSource | null;
};

/** A source, and when it was last seen to have what is here; null while nothing is. */
export type SeenSource = { source: Elsewhere; seenAt: number | null };

/** An archive taken over as it is: it becomes a version once it is hashed and checked. */
export type ImportedArchive = {
  /** Absolute, where it was found; it stays there. */
  path: string;
  /** What its file had when it was taken over: with another size it is another archive. */
  bytes: number;
  modifiedAt: number;
  /** Time of these bytes at the source, as PyTorrent knew it. */
  sourceUpdatedAt: number;
};

/** The tool in the provenance of versions that were taken over. */
export const PYTORRENT = "pytorrent";

/** One published version of a mod. Never overwritten. */
export type Version = {
  mod: ModId;
  /** The source's version key. */
  key: string;
  archive: Archive;
  /** Time of this version at the source. */
  sourceUpdatedAt: number;
  publishedAt: number;
  /** Who fetched it with what (P9). */
  provenance: { agent: AgentId | null; tool: string; manifest: string | null; fetchedAt: number };
};

/** The bytes of a version, named by their hash; versions with equal bytes share one. */
export type Archive = {
  sha256: Sha256;
  bytes: number;
  /** Sum of the unpacked sizes. */
  unpackedBytes: number;
  entries: number;
  tree: Sha256;
};

/** What happened in the catalogue, in order: ids only grow and rows never change. */
export type CatalogueEvent = {
  id: number;
  at: number;
  type: EventType;
  mod: ModId;
  /** The version key, where the event is about one. */
  version: string | null;
};

export const EVENT_TYPES = ["mod_added", "mod_removed", "mod_restored", "version_published"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A label that authors give their mods, and how many mods have it. */
export type Tag = { id: number; name: string; modsCount: number };

/** A kind of game in Steam's words, and how many known games are of it. */
export type Genre = { id: number; name: string; gamesCount: number };
