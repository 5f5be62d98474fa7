-- Times are milliseconds UTC. Ids of mods are 64-bit integers here and decimal text everywhere else.

CREATE TABLE games (
  -- Steam's application id.
  id INTEGER PRIMARY KEY CHECK (id > 0),
  name TEXT NOT NULL,
  -- The name in lower case: searched and sorted by.
  name_key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('game', 'app')),
  short_description TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  logo_url TEXT,
  origin TEXT NOT NULL CHECK (origin IN ('steam', 'http', 'torrent', 'local', 'moddb')),
  created_at INTEGER NOT NULL,
  -- Null until Steam's store was asked about it.
  facts_at INTEGER,
  -- Kept by triggers from mod_games.
  mods_count INTEGER NOT NULL DEFAULT 0 CHECK (mods_count >= 0),
  mods_downloads INTEGER NOT NULL DEFAULT 0 CHECK (mods_downloads >= 0)
) STRICT;

CREATE INDEX games_by_name ON games (name_key);
CREATE INDEX games_by_created ON games (created_at);
CREATE INDEX games_by_mods ON games (mods_count);
CREATE INDEX games_by_downloads ON games (mods_downloads);
CREATE INDEX games_without_facts ON games (created_at) WHERE facts_at IS NULL;

CREATE TABLE genres (
  -- Steam's genre id.
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE game_genres (
  game_id INTEGER NOT NULL REFERENCES games (id) ON DELETE CASCADE,
  genre_id INTEGER NOT NULL REFERENCES genres (id),
  PRIMARY KEY (game_id, genre_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX game_genres_by_genre ON game_genres (genre_id, game_id);

CREATE TABLE mods (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  origin TEXT NOT NULL CHECK (origin IN ('steam', 'http', 'torrent', 'local', 'moddb')),
  name TEXT NOT NULL,
  -- The name in lower case: searched and sorted by.
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  -- The game it was published for; mod_games has it too, with any others.
  app INTEGER REFERENCES games (id),
  size_bytes INTEGER CHECK (size_bytes >= 0),
  file_url TEXT,
  preview_url TEXT,
  creator TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  requested_at INTEGER NOT NULL,
  downloads INTEGER NOT NULL DEFAULT 0 CHECK (downloads >= 0),
  -- The newest key the source has shown, whether or not it is here.
  version_key TEXT,
  removed_at INTEGER,
  -- The version that is served, and when it was published.
  current_key TEXT,
  published_at INTEGER,
  CHECK ((current_key IS NULL) = (published_at IS NULL)),
  FOREIGN KEY (id, current_key) REFERENCES versions (mod_id, key)
) STRICT;

-- One index for each order of a list; the id, which breaks ties, is part of every index.
CREATE INDEX mods_by_downloads ON mods (downloads);
CREATE INDEX mods_by_name ON mods (name_key);
CREATE INDEX mods_by_size ON mods (coalesce(size_bytes, 0));
CREATE INDEX mods_by_created ON mods (created_at);
CREATE INDEX mods_by_updated ON mods (updated_at);
CREATE INDEX mods_by_requested ON mods (requested_at);
CREATE INDEX mods_by_published ON mods (coalesce(published_at, 0));
CREATE INDEX mods_by_origin ON mods (origin);

CREATE TABLE mod_games (
  mod_id INTEGER NOT NULL REFERENCES mods (id) ON DELETE CASCADE,
  game_id INTEGER NOT NULL REFERENCES games (id),
  PRIMARY KEY (mod_id, game_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mod_games_by_game ON mod_games (game_id, mod_id);

CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  name_key TEXT NOT NULL,
  -- Kept by triggers from mod_tags.
  mods_count INTEGER NOT NULL DEFAULT 0 CHECK (mods_count >= 0)
) STRICT;

CREATE INDEX tags_by_name ON tags (name_key);
CREATE INDEX tags_by_mods ON tags (mods_count);

CREATE TABLE mod_tags (
  mod_id INTEGER NOT NULL REFERENCES mods (id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  PRIMARY KEY (mod_id, tag_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mod_tags_by_tag ON mod_tags (tag_id, mod_id);

-- Tags seen at a game's mods, kept by triggers. A row stays when its count falls to nothing.
CREATE TABLE game_tags (
  game_id INTEGER NOT NULL REFERENCES games (id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  mods_count INTEGER NOT NULL DEFAULT 0 CHECK (mods_count >= 0),
  PRIMARY KEY (game_id, tag_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX game_tags_by_mods ON game_tags (game_id, mods_count, tag_id);

CREATE TRIGGER mod_tags_added AFTER INSERT ON mod_tags BEGIN
  UPDATE tags SET mods_count = mods_count + 1 WHERE id = NEW.tag_id;
  INSERT INTO game_tags (game_id, tag_id, mods_count)
    SELECT game_id, NEW.tag_id, 1 FROM mod_games WHERE mod_id = NEW.mod_id
    ON CONFLICT DO UPDATE SET mods_count = mods_count + 1;
END;

CREATE TRIGGER mod_tags_removed AFTER DELETE ON mod_tags BEGIN
  UPDATE tags SET mods_count = mods_count - 1 WHERE id = OLD.tag_id;
  UPDATE game_tags SET mods_count = mods_count - 1
    WHERE tag_id = OLD.tag_id AND game_id IN (SELECT game_id FROM mod_games WHERE mod_id = OLD.mod_id);
END;

CREATE TRIGGER mod_games_added AFTER INSERT ON mod_games BEGIN
  UPDATE games SET mods_count = mods_count + 1 WHERE id = NEW.game_id;
  INSERT INTO game_tags (game_id, tag_id, mods_count)
    SELECT NEW.game_id, tag_id, 1 FROM mod_tags WHERE mod_id = NEW.mod_id
    ON CONFLICT DO UPDATE SET mods_count = mods_count + 1;
END;

CREATE TRIGGER mod_games_removed AFTER DELETE ON mod_games BEGIN
  UPDATE games SET mods_count = mods_count - 1 WHERE id = OLD.game_id;
  UPDATE game_tags SET mods_count = mods_count - 1
    WHERE game_id = OLD.game_id AND tag_id IN (SELECT tag_id FROM mod_tags WHERE mod_id = OLD.mod_id);
END;

-- Dependencies are often not in this library, so they refer to nothing.
CREATE TABLE mod_dependencies (
  mod_id INTEGER NOT NULL REFERENCES mods (id) ON DELETE CASCADE,
  dependency_id INTEGER NOT NULL CHECK (dependency_id > 0),
  PRIMARY KEY (mod_id, dependency_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  mod_id INTEGER NOT NULL REFERENCES mods (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('logo', 'screenshot')),
  url TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (mod_id, kind, url)
) STRICT;

CREATE TABLE archives (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  unpacked_bytes INTEGER NOT NULL CHECK (unpacked_bytes >= 0),
  entries INTEGER NOT NULL CHECK (entries >= 0),
  tree TEXT NOT NULL CHECK (length(tree) = 64)
) STRICT, WITHOUT ROWID;

-- Written before the archive's own row, so that a published archive always has its whole manifest. Hashes are 32 bytes.
CREATE TABLE archive_entries (
  archive BLOB NOT NULL CHECK (length(archive) = 32),
  path TEXT NOT NULL CHECK (path <> ''),
  size INTEGER NOT NULL CHECK (size >= 0),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (archive, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
  mod_id INTEGER NOT NULL REFERENCES mods (id),
  key TEXT NOT NULL CHECK (key <> ''),
  archive TEXT NOT NULL REFERENCES archives (sha256),
  source_updated_at INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  agent_id TEXT,
  tool TEXT NOT NULL,
  manifest TEXT,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (mod_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX versions_by_published ON versions (mod_id, published_at, key);
CREATE INDEX versions_by_archive ON versions (archive);

CREATE TRIGGER versions_are_final BEFORE UPDATE ON versions BEGIN
  SELECT RAISE(ABORT, 'a version is never overwritten');
END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('mod_added', 'mod_removed', 'mod_restored', 'version_published')),
  mod_id INTEGER NOT NULL,
  version TEXT,
  CHECK ((type = 'version_published') = (version IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX events_publish_once ON events (mod_id, version) WHERE type = 'version_published';

CREATE TRIGGER events_are_final BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'an event never changes');
END;

-- How often something of a kind happened in the hour or day that starts then (UTC).
CREATE TABLE counters_hour (
  kind TEXT NOT NULL,
  starts_at INTEGER NOT NULL CHECK (starts_at % 3600000 = 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (kind, starts_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters_day (
  kind TEXT NOT NULL,
  starts_at INTEGER NOT NULL CHECK (starts_at % 86400000 = 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (kind, starts_at)
) STRICT, WITHOUT ROWID;

-- Parts of names. Trigrams find any three characters or more, in every script.
CREATE VIRTUAL TABLE mods_search USING fts5 (name_key, content = 'mods', content_rowid = 'id', tokenize = 'trigram', columnsize = 0);

CREATE TRIGGER mods_search_added AFTER INSERT ON mods BEGIN
  INSERT INTO mods_search (rowid, name_key) VALUES (NEW.id, NEW.name_key);
END;

CREATE TRIGGER mods_search_removed AFTER DELETE ON mods BEGIN
  INSERT INTO mods_search (mods_search, rowid, name_key) VALUES ('delete', OLD.id, OLD.name_key);
END;

CREATE TRIGGER mods_search_changed AFTER UPDATE OF name_key ON mods WHEN OLD.name_key <> NEW.name_key BEGIN
  INSERT INTO mods_search (mods_search, rowid, name_key) VALUES ('delete', OLD.id, OLD.name_key);
  INSERT INTO mods_search (rowid, name_key) VALUES (NEW.id, NEW.name_key);
END;
