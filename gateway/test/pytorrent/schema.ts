/** The tables of a PyTorrent 0.2 installation, as its code makes them: nothing but primary keys, nothing enforced. */
export const DATABASE_SCHEMA = `
  CREATE TABLE games (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR, type VARCHAR, logo VARCHAR, short_description VARCHAR,
    description VARCHAR, mods_downloads INTEGER, mods_count INTEGER, creation_date DATETIME, source VARCHAR);
  CREATE TABLE mods (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR, description VARCHAR, size INTEGER, condition INTEGER,
    date_creation DATETIME, date_update DATETIME, date_request DATETIME, source VARCHAR, downloads INTEGER);
  CREATE TABLE genres (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR);
  CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR);
  CREATE TABLE unity_games_genres (game_id INTEGER REFERENCES games (id), genre_id INTEGER REFERENCES genres (id));
  CREATE TABLE unity_allowed_mods_tags (game_id INTEGER REFERENCES games (id), tag_id INTEGER REFERENCES tags (id));
  CREATE TABLE unity_mods_tags (mod_id INTEGER REFERENCES mods (id), tag_id INTEGER REFERENCES tags (id));
  CREATE TABLE unity_games_mods (game_id INTEGER REFERENCES games (id), mod_id INTEGER REFERENCES mods (id));
  CREATE TABLE unity_mods_dependencies (mod_id INTEGER REFERENCES mods (id), dependence INTEGER REFERENCES mods (id));
  CREATE TABLE resources_mods (id INTEGER NOT NULL PRIMARY KEY, type VARCHAR, url VARCHAR, date_event DATETIME,
    owner_id INTEGER REFERENCES mods (id));`;

export const STATISTICS_SCHEMA = `
  CREATE TABLE statistics_hour (id INTEGER NOT NULL PRIMARY KEY, date_time DATETIME, type VARCHAR, count INTEGER);
  CREATE TABLE statistics_day (id INTEGER NOT NULL PRIMARY KEY, date DATE, type VARCHAR, count INTEGER);
  CREATE TABLE processing_time (time DATETIME NOT NULL PRIMARY KEY, type VARCHAR, delay INTEGER);`;
