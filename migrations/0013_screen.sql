-- A sitting's screen for a wall: whoever has the link sees what the hall may see, without signing in.

-- At most one link for each sitting; making another one ends the first. Only the hash of its token is
-- kept, so that nobody with the database, a backup or a log can open a screen. Who made it stands in the
-- audit log.
CREATE TABLE screen_links (
    session_id integer PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL
);
