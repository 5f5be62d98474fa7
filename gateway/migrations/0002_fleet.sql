CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('trusted', 'probation', 'revoked')),
  enrolled_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT;

CREATE TABLE invites (
  -- SHA-256 of the token in hexadecimal: the token itself is printed once and stored nowhere.
  hash TEXT PRIMARY KEY,
  uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  mod_id INTEGER NOT NULL,
  source TEXT NOT NULL CHECK (json_valid(source)),
  source_kind TEXT NOT NULL CHECK (source_kind IN ('workshop', 'http', 'torrent')),
  source_key TEXT NOT NULL,
  version TEXT NOT NULL,
  expected_bytes INTEGER CHECK (expected_bytes >= 0),
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'verifying', 'done', 'failed', 'cancelled')),
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  charged INTEGER NOT NULL CHECK (charged >= 0),
  uncharged INTEGER NOT NULL CHECK (uncharged >= 0),
  requester TEXT NOT NULL,
  -- Start-time fair queueing: a requester with many jobs waits behind its own, not in front of everybody.
  rank INTEGER NOT NULL,
  requested_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  -- queued
  not_before INTEGER,
  -- leased
  lease_agent TEXT,
  lease_network TEXT,
  lease_until INTEGER,
  lease_deadline_at INTEGER,
  lease_stage TEXT CHECK (lease_stage IN ('offered', 'downloading', 'packing', 'uploading')),
  lease_bytes INTEGER,
  lease_total INTEGER,
  -- verifying, done
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  -- the last try's failure, in any state
  failure TEXT CHECK (failure IS NULL OR json_valid(failure)),
  -- failed
  retry_at INTEGER,
  CHECK ((state = 'queued') = (not_before IS NOT NULL)),
  CHECK ((state = 'leased') = (lease_agent IS NOT NULL)),
  CHECK ((lease_agent IS NULL) = (lease_until IS NULL)),
  CHECK ((lease_agent IS NULL) = (lease_stage IS NULL)),
  CHECK ((state IN ('verifying', 'done')) = (result IS NOT NULL)),
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK (state <> 'failed' OR failure IS NOT NULL)
) STRICT;

-- Insert-or-join: at most one running job for one version of one source.
CREATE UNIQUE INDEX jobs_running ON jobs (source_key, version) WHERE state IN ('queued', 'leased', 'verifying');
CREATE INDEX jobs_queue ON jobs (rank, requested_at) WHERE state = 'queued';
CREATE INDEX jobs_of_requester ON jobs (requester, rank) WHERE state = 'queued';
CREATE INDEX jobs_held ON jobs (lease_agent) WHERE state = 'leased';
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_verifying ON jobs (requested_at) WHERE state = 'verifying';
CREATE INDEX jobs_by_source ON jobs (source_key, requested_at);
CREATE INDEX jobs_by_mod ON jobs (mod_id, requested_at);

-- Everybody who wants a job. The first one is also jobs.requester, which dispatch is fair between.
CREATE TABLE requesters (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  requester TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, requester)
) STRICT, WITHOUT ROWID;

-- What was accepted from whom: the answer to a repeated `finished` for ever (P3, P9).
CREATE TABLE results (
  job_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  result TEXT NOT NULL CHECK (json_valid(result)),
  verdict TEXT NOT NULL CHECK (verdict IN ('pending', 'published', 'rejected')),
  received_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  sha256 TEXT NOT NULL,
  part_bytes INTEGER NOT NULL CHECK (part_bytes > 0),
  state TEXT NOT NULL CHECK (state IN ('open', 'complete')),
  created_at INTEGER NOT NULL,
  UNIQUE (job_id, epoch, sha256)
) STRICT;

CREATE TABLE parts (
  upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  n INTEGER NOT NULL CHECK (n > 0),
  sha256 TEXT NOT NULL,
  PRIMARY KEY (upload_id, n)
) STRICT, WITHOUT ROWID;

-- Token buckets and breakers per public address (PROTOCOL section 10); they outlive restarts.
CREATE TABLE networks (
  network TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (json_valid(state)),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What all gateways on one database share, such as the key that signs upload tokens.
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
