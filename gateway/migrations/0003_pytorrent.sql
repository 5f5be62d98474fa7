-- What PyTorrent's interfaces show. Its records are taken over whole, so that an imported library answers as before.

-- How often something that is shown changed. Whatever is made of the catalogue is right for as long as this stays the same.
CREATE TABLE revisions (
  name TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO revisions (name, n) VALUES ('catalogue', 1);

-- PyTorrent's times have microseconds: those beyond the milliseconds stand beside.
ALTER TABLE mods ADD COLUMN created_micros INTEGER NOT NULL DEFAULT 0 CHECK (created_micros BETWEEN 0 AND 999);
ALTER TABLE mods ADD COLUMN updated_micros INTEGER NOT NULL DEFAULT 0 CHECK (updated_micros BETWEEN 0 AND 999);
ALTER TABLE mods ADD COLUMN requested_micros INTEGER NOT NULL DEFAULT 0 CHECK (requested_micros BETWEEN 0 AND 999);
ALTER TABLE games ADD COLUMN created_micros INTEGER NOT NULL DEFAULT 0 CHECK (created_micros BETWEEN 0 AND 999);

-- Its fields that held nothing, as a JSON list of their names there; null for none.
ALTER TABLE mods ADD COLUMN nulls TEXT CHECK (json_valid(nulls));
ALTER TABLE games ADD COLUMN nulls TEXT CHECK (json_valid(nulls));

-- The condition of a mod that was taken over: it keeps its row there even without an archive. Null for all others.
ALTER TABLE mods ADD COLUMN kept_condition INTEGER CHECK (kept_condition IN (0, 1));
-- What PyTorrent calls it: 0 here, 1 here and incomplete, 2 on its way. Null: PyTorrent would have no row. Kept by triggers.
ALTER TABLE mods ADD COLUMN condition INTEGER CHECK (condition IN (0, 1, 2));
-- Grows with each mod whose archive came for the first time; null until then.
ALTER TABLE mods ADD COLUMN shelf_order INTEGER;
-- When Steam is asked again about it; null: never.
ALTER TABLE mods ADD COLUMN check_at INTEGER;
-- When its Workshop page is to be read; null: it has been.
ALTER TABLE mods ADD COLUMN page_at INTEGER;

-- PyTorrent knows a game, a tag, and a tag of a game from the first archive on.
ALTER TABLE games ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
ALTER TABLE tags ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
ALTER TABLE game_tags ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
-- PyTorrent's mods_count: what was taken over, and each mod whose archive came for the first time since.
ALTER TABLE games ADD COLUMN fetched_mods INTEGER NOT NULL DEFAULT 0 CHECK (fetched_mods >= 0);

-- One index for each order of its lists. The id breaks ties upwards in both directions, so orders with many ties have two.
-- Each has what most filters ask, so that a list is walked within its index.
CREATE INDEX shelf_by_downloads ON mods (downloads, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_downloads_down ON mods (downloads DESC, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_name ON mods (name, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_size ON mods (coalesce(size_bytes, -1), id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_created ON mods (created_at * 1000 + created_micros, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_updated ON mods (updated_at * 1000 + updated_micros, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_requested ON mods (requested_at * 1000 + requested_micros, id, origin) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_origin ON mods (origin, id) WHERE condition IS NOT NULL;
CREATE INDEX shelf_by_origin_down ON mods (origin DESC, id) WHERE condition IS NOT NULL;
-- All that filters and orders look at, of a mod that is known by its id.
CREATE INDEX shelf_by_id ON mods (
  id, name, origin, downloads, coalesce(size_bytes, -1), created_at * 1000 + created_micros,
  updated_at * 1000 + updated_micros, requested_at * 1000 + requested_micros
) WHERE condition IS NOT NULL;
-- On their way and not here yet: nobody knows their game and tags there.
CREATE INDEX shelf_coming ON mods (id) WHERE condition = 2 AND current_key IS NULL AND kept_condition IS NULL;
-- The search index has the first 500 UTF-16 units of a name, which are 250 characters or more.
CREATE INDEX shelf_long_names ON mods (id) WHERE condition IS NOT NULL AND length(name) > 250;
CREATE INDEX games_on_shelf ON games (
  name, kind, origin, mods_downloads, fetched_mods, created_at * 1000 + created_micros
) WHERE listed = 1 AND facts_at IS NOT NULL;

CREATE INDEX mods_shelf ON mods (shelf_order) WHERE shelf_order IS NOT NULL;
CREATE INDEX mods_shelf_of_game ON mods (app, shelf_order, id, origin) WHERE shelf_order IS NOT NULL AND condition IS NOT NULL;
CREATE INDEX mods_to_check ON mods (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX mods_to_read ON mods (page_at) WHERE page_at IS NOT NULL;

-- Pairs may come twice, as they did there, and either side may be unknown here. The id is the order.
DROP TABLE mod_dependencies;
CREATE TABLE mod_dependencies (
  id INTEGER PRIMARY KEY,
  mod_id INTEGER NOT NULL,
  dependency_id INTEGER NOT NULL
) STRICT;
CREATE INDEX mod_dependencies_by_mod ON mod_dependencies (mod_id, id);

-- Pictures on the mod's page. Their owner may be unknown here.
DROP TABLE media;
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  mod_id INTEGER NOT NULL,
  -- `logo` or `screenshot`; PyTorrent's own rows may say anything.
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  at INTEGER NOT NULL,
  at_micros INTEGER NOT NULL DEFAULT 0 CHECK (at_micros BETWEEN 0 AND 999)
) STRICT;
CREATE INDEX media_by_mod ON media (mod_id, id);

-- Archives taken over as they are, served from where they lie until they are hashed, checked and published.
CREATE TABLE imported_archives (
  mod_id INTEGER PRIMARY KEY REFERENCES mods (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  -- Of the file, whatever is below a millisecond cut off.
  modified_at INTEGER NOT NULL,
  -- What PyTorrent knew as the item's time at its source when it fetched these bytes.
  source_updated_at INTEGER NOT NULL
) STRICT;

-- Counters keep the order in which their rows were made: PyTorrent's answers have it.
DROP TABLE counters_hour;
CREATE TABLE counters_hour (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  starts_at INTEGER NOT NULL CHECK (starts_at % 3600000 = 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  UNIQUE (starts_at, kind)
) STRICT;

DROP TABLE counters_day;
CREATE TABLE counters_day (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  starts_at INTEGER NOT NULL CHECK (starts_at % 86400000 = 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  UNIQUE (starts_at, kind)
) STRICT;

-- How long something took, in milliseconds from `at` on.
CREATE TABLE durations (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  at_micros INTEGER NOT NULL DEFAULT 0 CHECK (at_micros BETWEEN 0 AND 999),
  ms INTEGER NOT NULL
) STRICT;
CREATE INDEX durations_by_kind ON durations (kind, at, at_micros);

-- The last batch of counts that each gateway process stored: one that is sent again after a broken answer counts once.
CREATE TABLE counted (
  writer TEXT PRIMARY KEY,
  batch INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A mod is on its way while a job for it runs, whichever of two statements of one transaction comes first.
CREATE TRIGGER jobs_begun AFTER INSERT ON jobs WHEN NEW.state IN ('queued', 'leased', 'verifying') BEGIN
  UPDATE mods SET condition = 2 WHERE id = NEW.mod_id AND condition IS NOT 2;
END;

CREATE TRIGGER jobs_turned AFTER UPDATE OF state ON jobs
WHEN (NEW.state IN ('queued', 'leased', 'verifying')) <> (OLD.state IN ('queued', 'leased', 'verifying')) BEGIN
  UPDATE mods SET condition = CASE
      WHEN EXISTS (SELECT 1 FROM jobs WHERE mod_id = NEW.mod_id AND state IN ('queued', 'leased', 'verifying')) THEN 2
      WHEN current_key IS NOT NULL THEN 0
      ELSE kept_condition END
   WHERE id = NEW.mod_id;
END;

CREATE TRIGGER mods_turned AFTER UPDATE OF current_key ON mods WHEN NEW.current_key IS NOT OLD.current_key BEGIN
  UPDATE mods SET condition = CASE
      WHEN EXISTS (SELECT 1 FROM jobs WHERE mod_id = NEW.id AND state IN ('queued', 'leased', 'verifying')) THEN 2
      WHEN current_key IS NOT NULL THEN 0
      ELSE kept_condition END
   WHERE id = NEW.id;
END;

-- What PyTorrent learned with each archive. Archives taken over from it brought their own records.
CREATE TRIGGER versions_listed AFTER INSERT ON versions WHEN NEW.tool <> 'pytorrent' BEGIN
  UPDATE games SET fetched_mods = fetched_mods + 1
   WHERE id IN (SELECT game_id FROM mod_games WHERE mod_id = NEW.mod_id)
     AND EXISTS (SELECT 1 FROM mods WHERE id = NEW.mod_id AND shelf_order IS NULL);
  UPDATE games SET listed = 1 WHERE listed = 0 AND id = (SELECT app FROM mods WHERE id = NEW.mod_id);
  UPDATE tags SET listed = 1 WHERE listed = 0 AND id IN (SELECT tag_id FROM mod_tags WHERE mod_id = NEW.mod_id);
  UPDATE game_tags SET listed = 1
   WHERE listed = 0 AND game_id = (SELECT app FROM mods WHERE id = NEW.mod_id)
     AND tag_id IN (SELECT tag_id FROM mod_tags WHERE mod_id = NEW.mod_id);
  UPDATE mods SET shelf_order = (SELECT coalesce(max(shelf_order), 0) + 1 FROM mods WHERE shelf_order IS NOT NULL)
   WHERE id = NEW.mod_id AND shelf_order IS NULL;
  UPDATE mods SET page_at = NEW.published_at WHERE id = NEW.mod_id;
END;

-- Whatever is shown moves the revision. What Steam says once more without a change, and when it is asked again, is not shown.
CREATE TRIGGER mods_revised_by_insert AFTER INSERT ON mods BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER mods_revised_by_delete AFTER DELETE ON mods BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER mods_revised AFTER UPDATE ON mods
WHEN (
    OLD.origin, OLD.name, OLD.description, OLD.app, OLD.size_bytes, OLD.file_url, OLD.preview_url, OLD.creator,
    OLD.created_at, OLD.updated_at, OLD.requested_at, OLD.downloads, OLD.version_key, OLD.removed_at, OLD.current_key,
    OLD.published_at, OLD.created_micros, OLD.updated_micros, OLD.requested_micros, OLD.nulls, OLD.condition, OLD.shelf_order
  ) IS NOT (
    NEW.origin, NEW.name, NEW.description, NEW.app, NEW.size_bytes, NEW.file_url, NEW.preview_url, NEW.creator,
    NEW.created_at, NEW.updated_at, NEW.requested_at, NEW.downloads, NEW.version_key, NEW.removed_at, NEW.current_key,
    NEW.published_at, NEW.created_micros, NEW.updated_micros, NEW.requested_micros, NEW.nulls, NEW.condition, NEW.shelf_order
  )
BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;

CREATE TRIGGER games_revised_by_insert AFTER INSERT ON games BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER games_revised_by_delete AFTER DELETE ON games BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
-- Counts of mods change with the rows that are counted, which are seen to themselves: also for tags.
CREATE TRIGGER games_revised AFTER UPDATE ON games
WHEN (
    OLD.name, OLD.kind, OLD.short_description, OLD.description, OLD.logo_url, OLD.origin, OLD.created_at, OLD.created_micros,
    OLD.facts_at, OLD.mods_downloads, OLD.fetched_mods, OLD.nulls, OLD.listed
  ) IS NOT (
    NEW.name, NEW.kind, NEW.short_description, NEW.description, NEW.logo_url, NEW.origin, NEW.created_at, NEW.created_micros,
    NEW.facts_at, NEW.mods_downloads, NEW.fetched_mods, NEW.nulls, NEW.listed
  )
BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;

CREATE TRIGGER tags_revised_by_insert AFTER INSERT ON tags BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER tags_revised_by_delete AFTER DELETE ON tags BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER tags_revised AFTER UPDATE OF name, listed ON tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER game_tags_revised_by_insert AFTER INSERT ON game_tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER game_tags_revised_by_delete AFTER DELETE ON game_tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER game_tags_revised AFTER UPDATE OF listed ON game_tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER genres_revised_by_insert AFTER INSERT ON genres BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER genres_revised_by_delete AFTER DELETE ON genres BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER genres_revised AFTER UPDATE ON genres WHEN NEW.name <> OLD.name BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER game_genres_revised_by_insert AFTER INSERT ON game_genres BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER game_genres_revised_by_delete AFTER DELETE ON game_genres BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER mod_games_revised_by_insert AFTER INSERT ON mod_games BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER mod_games_revised_by_delete AFTER DELETE ON mod_games BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER mod_tags_revised_by_insert AFTER INSERT ON mod_tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER mod_tags_revised_by_delete AFTER DELETE ON mod_tags BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER mod_dependencies_revised_by_insert AFTER INSERT ON mod_dependencies BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER mod_dependencies_revised_by_delete AFTER DELETE ON mod_dependencies BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER mod_dependencies_revised AFTER UPDATE ON mod_dependencies BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

CREATE TRIGGER media_revised_by_insert AFTER INSERT ON media BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER media_revised_by_delete AFTER DELETE ON media BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
CREATE TRIGGER media_revised AFTER UPDATE ON media BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;

CREATE TRIGGER imported_archives_revised_by_insert AFTER INSERT ON imported_archives BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER imported_archives_revised_by_delete AFTER DELETE ON imported_archives BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
CREATE TRIGGER imported_archives_revised AFTER UPDATE ON imported_archives BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;

-- Libraries that were there before.
UPDATE mods SET condition = CASE
  WHEN EXISTS (SELECT 1 FROM jobs WHERE mod_id = mods.id AND state IN ('queued', 'leased', 'verifying')) THEN 2
  WHEN current_key IS NOT NULL THEN 0 END;
UPDATE mods SET page_at = published_at, check_at = published_at WHERE current_key IS NOT NULL;
UPDATE mods SET shelf_order = ranked.n
  FROM (SELECT id, row_number() OVER (ORDER BY published_at, id) AS n FROM mods WHERE current_key IS NOT NULL) ranked
 WHERE mods.id = ranked.id;
UPDATE games SET
  listed = EXISTS (SELECT 1 FROM mods WHERE app = games.id AND current_key IS NOT NULL),
  fetched_mods = (SELECT count(*) FROM mod_games mg JOIN mods m ON m.id = mg.mod_id
                   WHERE mg.game_id = games.id AND m.current_key IS NOT NULL);
UPDATE game_tags SET listed = 1
 WHERE EXISTS (SELECT 1 FROM mods m JOIN mod_tags mt ON mt.mod_id = m.id
                WHERE m.app = game_tags.game_id AND mt.tag_id = game_tags.tag_id AND m.current_key IS NOT NULL);
UPDATE tags SET listed = 1
 WHERE EXISTS (SELECT 1 FROM mods m JOIN mod_tags mt ON mt.mod_id = m.id
                WHERE mt.tag_id = tags.id AND m.current_key IS NOT NULL);
