-- Secret votes: a key for each event, an envelope for each vote, bare ballots once it is counted.
--
-- What was cast is in the database twice and never beside a person: sealed, with the instance, until
-- the key is destroyed; open, without anything to know it by, from the count on.

-- Whether votes on an event are sealed. Votes and envelopes refer to it, so that no event can have both.
ALTER TABLE events
    ADD COLUMN secret boolean NOT NULL GENERATED ALWAYS AS (coalesce(data ->> 'secrecy' = 'secret', false)) STORED,
    ADD CONSTRAINT events_secret_key UNIQUE (id, secret),
    DROP CONSTRAINT events_annulled,
    -- Nobody annuls a secret vote whose key is lost: it is void by itself.
    ADD CONSTRAINT events_annulled CHECK (
        (state = 'annulled') = (annulled_at IS NOT NULL)
        AND (annulled_at IS NULL) = (annulment_reason IS NULL)
        AND (annulled_by_user_id IS NULL OR annulled_at IS NOT NULL)
        AND (annulled_by_user_id IS NOT NULL OR annulled_at IS NULL OR data ->> 'secrecy' = 'secret'));

ALTER TABLE votes
    ADD COLUMN secret boolean NOT NULL GENERATED ALWAYS AS (false) STORED,
    DROP CONSTRAINT votes_event_id_fkey,
    ADD CONSTRAINT votes_event_id_fkey FOREIGN KEY (event_id, secret)
        REFERENCES events (id, secret) ON DELETE RESTRICT;

-- The key that an event's envelopes are sealed to. Its private half is kept elsewhere.
CREATE TABLE event_keys (
    event_id     integer PRIMARY KEY,
    secret       boolean NOT NULL GENERATED ALWAYS AS (true) STORED,
    key_id       bytea NOT NULL CHECK (octet_length(key_id) = 16),
    -- Where the private half is kept.
    key_store_id bytea NOT NULL CHECK (octet_length(key_store_id) = 16),
    suite        text NOT NULL,
    public_key   bytea NOT NULL,
    -- From here on nothing is opened with it: the envelopes were counted, or never will be.
    retired_at   timestamptz,
    -- The private half is gone.
    destroyed_at timestamptz,
    CONSTRAINT event_keys_key_id_key UNIQUE (key_id),
    CONSTRAINT event_keys_retired_first CHECK (destroyed_at IS NULL OR retired_at IS NOT NULL),
    CONSTRAINT event_keys_event_id_fkey FOREIGN KEY (event_id, secret)
        REFERENCES events (id, secret) ON DELETE RESTRICT
);
-- Keys that wait for their destruction.
CREATE INDEX event_keys_waiting ON event_keys (event_id) WHERE retired_at IS NOT NULL AND destroyed_at IS NULL;

CREATE FUNCTION refuse_change_of_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.event_id, NEW.key_id, NEW.key_store_id, NEW.suite, NEW.public_key)
           IS DISTINCT FROM (OLD.event_id, OLD.key_id, OLD.key_store_id, OLD.suite, OLD.public_key)
       OR OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at
       OR OLD.destroyed_at IS NOT NULL AND NEW.destroyed_at IS DISTINCT FROM OLD.destroyed_at THEN
        RAISE EXCEPTION 'the key of an event never changes, and what happened to it neither'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER event_keys_written_once BEFORE UPDATE ON event_keys
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_key();
CREATE TRIGGER event_keys_stay BEFORE DELETE OR TRUNCATE ON event_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A sealed vote. No id and no time: only that it was cast, with which instance.
CREATE TABLE envelopes (
    event_id          integer NOT NULL,
    principal_user_id integer NOT NULL,
    user_session_id   integer NOT NULL,
    secret            boolean NOT NULL GENERATED ALWAYS AS (true) STORED,
    sealed            bytea NOT NULL,
    CONSTRAINT envelopes_event_principal_key PRIMARY KEY (event_id, principal_user_id),
    CONSTRAINT envelopes_event_user_session_key UNIQUE (event_id, user_session_id),
    CONSTRAINT envelopes_event_id_fkey FOREIGN KEY (event_id, secret)
        REFERENCES events (id, secret) ON DELETE RESTRICT,
    CONSTRAINT envelopes_user_session_fkey FOREIGN KEY (user_session_id, principal_user_id)
        REFERENCES user_sessions (id, principal_user_id) ON DELETE RESTRICT,
    CONSTRAINT envelopes_roll_fkey FOREIGN KEY (event_id, principal_user_id)
        REFERENCES electoral_roll (event_id, principal_user_id) ON DELETE RESTRICT
);
CREATE INDEX envelopes_user_session_id ON envelopes (user_session_id);

-- Whoever may change their vote puts another envelope in the place of theirs, while voting is open.
CREATE FUNCTION refuse_change_of_envelope() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.event_id, NEW.principal_user_id) IS DISTINCT FROM (OLD.event_id, OLD.principal_user_id)
       OR NOT EXISTS (SELECT FROM events WHERE id = OLD.event_id AND state = 'active') THEN
        RAISE EXCEPTION 'an envelope stands once voting is over, and always for the same person'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER envelopes_change_while_open BEFORE UPDATE ON envelopes
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_envelope();
CREATE TRIGGER envelopes_stay BEFORE DELETE OR TRUNCATE ON envelopes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was in the envelopes, shuffled, written in the transaction that closes the event.
CREATE TABLE ballots (
    event_id      integer NOT NULL,
    -- In the shuffled order.
    place         integer NOT NULL CHECK (place > 0),
    secret        boolean NOT NULL GENERATED ALWAYS AS (true) STORED,
    -- How much it counts; empty where every vote counts the same.
    vote_weight   integer CHECK (vote_weight BETWEEN 0 AND 1000000),
    vote_response jsonb NOT NULL CHECK (jsonb_typeof(vote_response) = 'array'),
    CONSTRAINT ballots_pkey PRIMARY KEY (event_id, place),
    CONSTRAINT ballots_event_id_fkey FOREIGN KEY (event_id, secret)
        REFERENCES events (id, secret) ON DELETE RESTRICT
);
CREATE TRIGGER ballots_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON ballots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A hash of a request tells a choice among few, so requests that cast votes are known by what they
-- say besides. The choice is compared by a code that only the server that answered can make again,
-- and only until it stops.
ALTER TABLE idempotency_keys
    ADD COLUMN choice_check bytea CHECK (octet_length(choice_check) = 40);
