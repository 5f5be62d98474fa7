-- What was asked for from elsewhere than Steam is part of the library once it came: no list, search or count shows it before.
-- Lists walk these indexes, so nobody can make them long with addresses that lead nowhere.
DROP INDEX mods_by_downloads;
DROP INDEX mods_by_name;
DROP INDEX mods_by_size;
DROP INDEX mods_by_created;
DROP INDEX mods_by_updated;
DROP INDEX mods_by_requested;
DROP INDEX mods_by_published;
DROP INDEX mods_by_origin;
CREATE INDEX mods_by_downloads ON mods (downloads) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_name ON mods (name_key) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_size ON mods (coalesce(size_bytes, 0)) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_created ON mods (created_at) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_updated ON mods (updated_at) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_requested ON mods (requested_at) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_published ON mods (coalesce(published_at, 0)) WHERE source_key IS NULL OR current_key IS NOT NULL;
CREATE INDEX mods_by_origin ON mods (origin) WHERE source_key IS NULL OR current_key IS NOT NULL;
-- Those that never came, for the sweeper.
CREATE INDEX mods_never_here ON mods (requested_at) WHERE source_key IS NOT NULL AND current_key IS NULL;

-- As before, but for what is not part of the library yet: it has no condition, and moves no revision.
DROP TRIGGER jobs_begun;
CREATE TRIGGER jobs_begun AFTER INSERT ON jobs WHEN NEW.state IN ('queued', 'leased', 'verifying') BEGIN
  UPDATE mods SET condition = 2
   WHERE id = NEW.mod_id AND condition IS NOT 2 AND (source_key IS NULL OR current_key IS NOT NULL);
END;

DROP TRIGGER jobs_turned;
CREATE TRIGGER jobs_turned AFTER UPDATE OF state ON jobs
WHEN (NEW.state IN ('queued', 'leased', 'verifying')) <> (OLD.state IN ('queued', 'leased', 'verifying')) BEGIN
  UPDATE mods SET condition = CASE
      WHEN source_key IS NOT NULL AND current_key IS NULL THEN NULL
      WHEN EXISTS (SELECT 1 FROM jobs WHERE mod_id = NEW.mod_id AND state IN ('queued', 'leased', 'verifying')) THEN 2
      WHEN current_key IS NOT NULL THEN 0
      ELSE kept_condition END
   WHERE id = NEW.mod_id;
END;

DROP TRIGGER mods_turned;
CREATE TRIGGER mods_turned AFTER UPDATE OF current_key ON mods WHEN NEW.current_key IS NOT OLD.current_key BEGIN
  UPDATE mods SET condition = CASE
      WHEN source_key IS NOT NULL AND current_key IS NULL THEN NULL
      WHEN EXISTS (SELECT 1 FROM jobs WHERE mod_id = NEW.id AND state IN ('queued', 'leased', 'verifying')) THEN 2
      WHEN current_key IS NOT NULL THEN 0
      ELSE kept_condition END
   WHERE id = NEW.id;
END;
UPDATE mods SET condition = NULL WHERE source_key IS NOT NULL AND current_key IS NULL AND condition IS NOT NULL;

DROP TRIGGER mods_revised_by_insert;
CREATE TRIGGER mods_revised_by_insert AFTER INSERT ON mods WHEN NEW.source_key IS NULL OR NEW.current_key IS NOT NULL BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
DROP TRIGGER mods_revised_by_delete;
CREATE TRIGGER mods_revised_by_delete AFTER DELETE ON mods WHEN OLD.source_key IS NULL OR OLD.current_key IS NOT NULL BEGIN
  UPDATE revisions SET n = n + 1 WHERE name = 'catalogue';
END;
DROP TRIGGER mods_revised;
CREATE TRIGGER mods_revised AFTER UPDATE ON mods
WHEN (NEW.source_key IS NULL OR NEW.current_key IS NOT NULL OR OLD.current_key IS NOT NULL) AND (
    OLD.origin, OLD.name, OLD.description, OLD.app, OLD.size_bytes, OLD.file_url, OLD.preview_url, OLD.creator,
    OLD.created_at, OLD.updated_at, OLD.requested_at, OLD.downloads, OLD.version_key, OLD.removed_at, OLD.current_key,
    OLD.published_at, OLD.created_micros, OLD.updated_micros, OLD.requested_micros, OLD.nulls, OLD.condition, OLD.shelf_order
  ) IS NOT (
    NEW.origin, NEW.name, NEW.description, NEW.app, NEW.size_bytes, NEW.file_url, NEW.preview_url, NEW.creator,
    NEW.created_at, NEW.updated_at, NEW.requested_at, NEW.downloads, NEW.version_key, NEW.removed_at, NEW.current_key,
    NEW.published_at, NEW.created_micros, NEW.updated_micros, NEW.requested_micros, NEW.nulls, NEW.condition, NEW.shelf_order
  )
BEGIN UPDATE revisions SET n = n + 1 WHERE name = 'catalogue'; END;
