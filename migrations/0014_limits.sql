-- How much of the allowance of wrong join codes is used up, counted for all servers together: a limit that each
-- server kept by itself would be as many times as generous as there are servers.
--
-- Each miss weighs for a while, under the person who tried, their address, and everybody. A row says when
-- nothing would be left of all of them together; it is thrown away soon after.
CREATE TABLE join_misses (
    -- 'person 7', 'address 192.0.2.1' or 'all'.
    key        text PRIMARY KEY CHECK (char_length(key) BETWEEN 1 AND 60),
    settled_at timestamptz NOT NULL
);
