-- Live updates: who changes something tells every server, in the same transaction.

-- Every change leaves a line in the audit log, so that is where changes are announced from. Cast votes
-- are not announced: a transaction that notifies takes its turn at the commit, and ten thousand votes a
-- minute must not queue there. Servers ask for the turnout of what is open instead, once for all who look.
CREATE FUNCTION announce_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- 'session 7': something about the sitting changed.
    PERFORM pg_notify('plenum_live', 'session ' || session_id)
    FROM (SELECT DISTINCT session_id FROM added
          WHERE session_id IS NOT NULL AND action NOT LIKE 'vote.%') AS sittings;
    -- 'person 12': what this person may see may have changed.
    PERFORM pg_notify('plenum_live', 'person ' || user_id)
    FROM (SELECT target_id::text AS user_id FROM added
          WHERE target_table IN ('organization_members', 'users')
          UNION
          SELECT side ->> 'user_id' FROM added
          CROSS JOIN LATERAL (VALUES (changes -> 'before'), (changes -> 'after')) AS sides (side)
          WHERE action NOT IN ('session.join', 'session.leave') AND action NOT LIKE 'vote.%'
            AND jsonb_typeof(side -> 'user_id') = 'number') AS people;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_log_announce AFTER INSERT ON audit_log REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION announce_changes();
