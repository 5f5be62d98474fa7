-- What torrents of archives are made of. Written before the archive's own row, as its entries are; archives that were
-- published before this table was there get their row when somebody first asks for their torrent.
CREATE TABLE archive_pieces (
  archive BLOB PRIMARY KEY NOT NULL CHECK (length(archive) = 32),
  piece_bytes INTEGER NOT NULL CHECK (piece_bytes > 0),
  -- SHA-1 of each piece in order, 20 bytes each.
  hashes BLOB NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 20 = 0)
) STRICT, WITHOUT ROWID;
