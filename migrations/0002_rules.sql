-- The rules of organizations, in versions, and what events keep of them.

-- Every version of an organization's rules, written once. The present one also stands in
-- organizations.data, with its number in rules.version.
CREATE TABLE organization_rules (
    organization_id    integer NOT NULL REFERENCES organizations ON DELETE RESTRICT,
    -- Counted from 1 in each organization.
    version            integer NOT NULL CHECK (version >= 1),
    rules              jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object'),
    adopted_at         timestamptz NOT NULL,
    -- Empty: the rules an organization had before versions were kept.
    adopted_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT organization_rules_pkey PRIMARY KEY (organization_id, version)
);
CREATE TRIGGER organization_rules_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON organization_rules
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO organization_rules (organization_id, version, rules, adopted_at)
SELECT id, 1, coalesce(data -> 'rules', '{}'), created_at FROM organizations;

-- The schedule looks here for drafts that open by themselves.
CREATE INDEX events_to_open ON events (start_time)
    WHERE state = 'draft' AND data ->> 'automatic_open' = 'true';

-- Motions beside their vote. A motion nobody said anything about has no row.
CREATE TABLE motions (
    event_id             integer PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    mover_user_id        integer REFERENCES users ON DELETE RESTRICT,
    seconder_user_id     integer REFERENCES users ON DELETE RESTRICT,
    -- What it amends, with the words it replaces and inserts; or what it reconsiders.
    amends_event_id      integer REFERENCES events ON DELETE RESTRICT,
    replaces             text,
    inserts              text,
    reconsiders_event_id integer REFERENCES events ON DELETE RESTRICT,
    withdrawn_at         timestamptz,
    withdrawn_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    withdrawal_reason    text CHECK (char_length(withdrawal_reason) BETWEEN 1 AND 1000),
    CONSTRAINT motions_two_people CHECK (mover_user_id <> seconder_user_id),
    CONSTRAINT motions_one_link CHECK (amends_event_id IS NULL OR reconsiders_event_id IS NULL),
    CONSTRAINT motions_not_itself CHECK (event_id NOT IN (amends_event_id, reconsiders_event_id)),
    CONSTRAINT motions_amendment CHECK (
        (amends_event_id IS NULL) = (replaces IS NULL) AND (amends_event_id IS NULL) = (inserts IS NULL)),
    CONSTRAINT motions_withdrawn CHECK (
        (withdrawn_at IS NULL) = (withdrawn_by_user_id IS NULL)
        AND (withdrawn_at IS NOT NULL OR withdrawal_reason IS NULL))
);
CREATE INDEX motions_amends ON motions (amends_event_id) WHERE amends_event_id IS NOT NULL;
CREATE INDEX motions_reconsiders ON motions (reconsiders_event_id) WHERE reconsiders_event_id IS NOT NULL;

-- The text of a motion in every version, written once. It goes only with a draft that is deleted.
CREATE TABLE motion_texts (
    event_id           integer NOT NULL REFERENCES motions ON DELETE CASCADE,
    -- Counted from 1.
    version            integer NOT NULL CHECK (version >= 1),
    text               text NOT NULL,
    at                 timestamptz NOT NULL,
    by_user_id         integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    -- The amendment that made it, and what that replaced and inserted; empty for a text written by hand.
    amendment_event_id integer REFERENCES events ON DELETE RESTRICT,
    replaced           text,
    inserted           text,
    CONSTRAINT motion_texts_pkey PRIMARY KEY (event_id, version),
    CONSTRAINT motion_texts_amendment CHECK (
        (amendment_event_id IS NULL) = (replaced IS NULL)
        AND (amendment_event_id IS NULL) = (inserted IS NULL)),
    -- An amendment changes a text once.
    CONSTRAINT motion_texts_amendment_key UNIQUE (amendment_event_id)
);
CREATE TRIGGER motion_texts_written_once BEFORE UPDATE OR TRUNCATE ON motion_texts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A cast vote stands, unless the rules its event was opened under let it be changed: then its choices may
-- change while voting is open, and nothing else of it. That it changed is in the audit log.
DROP TRIGGER votes_written_once ON votes;
CREATE TRIGGER votes_kept BEFORE DELETE OR TRUNCATE ON votes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_vote_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.event_id, NEW.user_session_id, NEW.principal_user_id)
           IS DISTINCT FROM (OLD.id, OLD.event_id, OLD.user_session_id, OLD.principal_user_id)
       OR NOT EXISTS (
           SELECT FROM events
           WHERE id = OLD.event_id AND state = 'active'
             AND data #>> '{rules,may_change_votes}' = 'true'
             AND NEW.cast_time >= OLD.cast_time
             AND (end_time IS NULL OR NEW.cast_time < end_time))
    THEN
        RAISE EXCEPTION 'rows of votes are changed only as the rules of an open event allow'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER votes_changed_by_rule BEFORE UPDATE ON votes
    FOR EACH ROW EXECUTE FUNCTION refuse_vote_change();
