/** One story through all examples of the contract: a mod, its archive, the job that fetched it and who did. */

const MOD = "2925604173";
const VERSION = "7382051923482930174";
const SHA256 = "e1470f6a0d4f6ad1c2f1a0f3b7d8f4a3c5e2b9d6a7f8091b2c3d4e5f60718293";
const TREE = "9a0364b9e99bb480dd25e1f0284c8555d6b1f0a9c8e7d6b5a4938271605f4e3d";
const AGENT = "agt_0123456789abcdefghjk";
const PUBLISHED = "2026-11-20T15:31:12.000Z";
const ARCHIVE = {
  url: `/api/mods/${MOD}/versions/${VERSION}/archive`,
  torrent: `/api/mods/${MOD}/versions/${VERSION}/torrent`,
};

export const VERSION_EXAMPLE = {
  version: VERSION,
  sourceUpdatedAt: "2026-11-19T08:12:44.000Z",
  publishedAt: PUBLISHED,
  archive: { ...ARCHIVE, sha256: SHA256, bytes: 131_436, unpackedBytes: 402_118, entries: 27, tree: TREE },
  fetched: { agent: AGENT, tool: "steamcmd 1726604483", manifest: VERSION, at: PUBLISHED },
};

export const MOD_EXAMPLE = {
  id: MOD,
  source: "steam",
  name: "Harmony",
  description: "A library for patching",
  game: "294100",
  tags: ["Mod", "1.6"],
  size: 402_118,
  preview: "https://images.steamusercontent.com/ugc/1/2/",
  creator: "76561198000000000",
  createdAt: "2024-03-01T10:00:00.000Z",
  updatedAt: "2026-11-19T08:12:44.000Z",
  requestedAt: "2026-11-20T15:30:00.000Z",
  removedAt: null,
  downloads: 1_204,
  latest: VERSION,
  current: VERSION_EXAMPLE,
  imported: null,
};

export const IMPORTED_EXAMPLE = {
  url: `/api/mods/${MOD}/archive`,
  bytes: 131_436,
  sourceUpdatedAt: "2026-11-19T08:12:44.000Z",
  fetchedAt: "2026-11-19T09:00:00.000Z",
};

export const FACETS_EXAMPLE = {
  games: [{ id: "294100", name: "RimWorld", mods: 812 }],
  tags: [{ name: "1.6", mods: 640 }],
  complete: true,
};

export const JOB_EXAMPLE = {
  id: "job_0123456789abcdefghjk",
  state: "leased",
  stage: "downloading",
  bytes: 65_536,
  total: 131_436,
  place: null,
  mod: MOD,
  version: VERSION,
  requestedAt: "2026-11-20T15:30:00.000Z",
  startedAt: "2026-11-20T15:30:02.000Z",
  finishedAt: null,
};

export const FAILURE_EXAMPLE = {
  code: "needs_owner",
  message: "Only accounts that own the game can download this",
  advice: "Ask somebody who owns the game to run an agent with their account",
  retryable: false,
};

export const ENTRY_EXAMPLE = { path: "About/About.xml", size: 1_024, sha256: SHA256 };

export const EVENT_EXAMPLE = { id: "4711", at: PUBLISHED, type: "version_published", mod: MOD, version: VERSION };

export const FLEET_EXAMPLE = {
  agents: [
    {
      name: "attic",
      engines: ["workshop", "http"],
      slots: 2,
      freeSlots: 1,
      draining: false,
      connectedAt: "2026-11-20T12:00:00.000Z",
    },
  ],
  totals: { agents: 1, slots: 2, freeSlots: 1 },
};
