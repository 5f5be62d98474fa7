-- Mods from anywhere: files behind an address, and torrents.

-- One text for each thing that can be fetched (protocol: `sourceKey`), and all that an agent has to be told. Null for Workshop items.
ALTER TABLE mods ADD COLUMN source_key TEXT;
ALTER TABLE mods ADD COLUMN source TEXT CHECK (source IS NULL OR json_valid(source));
-- When its source was last seen to have what is here; null until then.
ALTER TABLE mods ADD COLUMN seen_at INTEGER;

CREATE UNIQUE INDEX mods_by_source ON mods (source_key) WHERE source_key IS NOT NULL;

-- What the agent could fetch when it was last heard, as a JSON list; null for one that was not heard since there was this column.
ALTER TABLE agents ADD COLUMN engines TEXT CHECK (engines IS NULL OR json_valid(engines));

-- As before, but for its last line: only a Workshop item has a page to read.
DROP TRIGGER versions_listed;
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
  UPDATE mods SET page_at = NEW.published_at WHERE id = NEW.mod_id AND origin = 'steam';
END;
UPDATE mods SET page_at = NULL WHERE page_at IS NOT NULL AND origin <> 'steam';
