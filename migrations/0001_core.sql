-- The core: people, organizations, sittings, vote instances, events, votes.
--
-- Rules of this schema:
--   * Nothing erases a vote: every foreign key on the way to a vote restricts.
--   * What must happen at most once has a unique index, named so that the program can tell which.
--   * Logs, rolls, votes and results are written once; triggers refuse to change them.
--   * Times come from the database's clock.

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once and never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

-- People ---------------------------------------------------------------------------------------

CREATE TABLE users (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    andrew_id    text NOT NULL CHECK (char_length(andrew_id) BETWEEN 1 AND 100),
    -- Empty until the first sign-in of someone entered by a roster or an operator. A subject is
    -- unique at its issuer only, so the issuer stands beside it.
    oidc_issuer  text,
    oidc_subject text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT users_subject_with_issuer CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL)),
    CONSTRAINT users_andrew_id_key UNIQUE (andrew_id),
    CONSTRAINT users_oidc_subject_key UNIQUE (oidc_issuer, oidc_subject)
);

-- Signed-in browsers. Only a hash of the cookie's secret is kept.
CREATE TABLE logins (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    token_hash   bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT logins_token_hash_key UNIQUE (token_hash)
);
CREATE INDEX logins_user_id ON logins (user_id);

-- Logins that left for the provider and have not come back; each works once.
CREATE TABLE login_attempts (
    state_hash    bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    browser_hash  bytea NOT NULL CHECK (octet_length(browser_hash) = 32),
    nonce         text NOT NULL,
    pkce_verifier text NOT NULL,
    next          text NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX login_attempts_expires_at ON login_attempts (expires_at);

CREATE TABLE api_tokens (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    token_hash   bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash)
);
CREATE INDEX api_tokens_user_id ON api_tokens (user_id);

-- Organizations --------------------------------------------------------------------------------

CREATE TABLE organizations (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    -- {description, rules}
    data       jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE organization_members (
    organization_id integer NOT NULL REFERENCES organizations ON DELETE RESTRICT,
    user_id         integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    user_role       text NOT NULL CHECK (user_role IN ('owner', 'chair', 'member', 'observer')),
    vote_weight     integer NOT NULL DEFAULT 1 CHECK (vote_weight BETWEEN 0 AND 1000000),
    joined_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT organization_members_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_user_id ON organization_members (user_id);

-- Sittings -------------------------------------------------------------------------------------

CREATE TABLE sessions (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id    integer NOT NULL REFERENCES organizations ON DELETE RESTRICT,
    join_code          text NOT NULL CHECK (join_code ~ '^[A-Z0-9]{6}$'),
    title              text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    status             text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'locked', 'closed')),
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at          timestamptz,
    CONSTRAINT sessions_closed_at CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
-- A code locates one running sitting; codes of closed ones may be used again.
CREATE UNIQUE INDEX sessions_join_code_key ON sessions (join_code) WHERE status <> 'closed';
CREATE INDEX sessions_organization_id ON sessions (organization_id, id DESC);
CREATE INDEX sessions_created_by_user_id ON sessions (created_by_user_id);

-- Vote instances: a person's own (proxy empty), or one they hold for someone else.
CREATE TABLE user_sessions (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id           integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    session_id        integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    -- The person the vote is cast for.
    proxy             integer REFERENCES users ON DELETE RESTRICT,
    join_left         text NOT NULL CHECK (join_left IN ('joined', 'left')),
    -- Shown out by the host: may not come back until let in.
    barred            boolean NOT NULL DEFAULT false,
    timestamp         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whose vote it is.
    principal_user_id integer NOT NULL GENERATED ALWAYS AS (coalesce(proxy, user_id)) STORED,
    CONSTRAINT user_sessions_not_own_proxy CHECK (proxy <> user_id),
    CONSTRAINT user_sessions_barred_own CHECK (NOT barred OR (proxy IS NULL AND join_left = 'left')),
    -- What votes and mandates refer to: the instance together with its principal.
    CONSTRAINT user_sessions_principal_key UNIQUE (id, principal_user_id)
);
-- One own instance per person and sitting, whether joined or left: people come back to the same one.
CREATE UNIQUE INDEX user_sessions_own_key ON user_sessions (session_id, user_id) WHERE proxy IS NULL;
CREATE UNIQUE INDEX user_sessions_proxy_key ON user_sessions (session_id, user_id, proxy) WHERE proxy IS NOT NULL;
CREATE INDEX user_sessions_user_id ON user_sessions (user_id);
-- Everyone in a sitting: the unique ones above are partial and do not serve it.
CREATE INDEX user_sessions_session_id ON user_sessions (session_id, user_id);

-- Coming and going, append-only; presence at any moment is read from it.
CREATE TABLE attendance_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    user_id    integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    change     text NOT NULL CHECK (change IN ('joined', 'left', 'removed')),
    at         timestamptz NOT NULL,
    by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT
);
CREATE INDEX attendance_log_session_id ON attendance_log (session_id, user_id, id);
CREATE TRIGGER attendance_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attendance_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Mandates: who votes for whom, since when, until when.
CREATE TABLE proxies (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id         integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    principal_user_id  integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    holder_user_id     integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    user_session_id    integer NOT NULL,
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    created_at         timestamptz NOT NULL,
    revoked_at         timestamptz,
    CONSTRAINT proxies_not_to_oneself CHECK (principal_user_id <> holder_user_id),
    CONSTRAINT proxies_user_session_fkey FOREIGN KEY (user_session_id, principal_user_id)
        REFERENCES user_sessions (id, principal_user_id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX proxies_standing_key ON proxies (session_id, principal_user_id) WHERE revoked_at IS NULL;
CREATE INDEX proxies_user_session_id ON proxies (user_session_id);
-- The mandates of a sitting, revoked ones too.
CREATE INDEX proxies_session_id ON proxies (session_id, id);

-- Events ---------------------------------------------------------------------------------------

CREATE TABLE events (
    id                  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_type          text NOT NULL CHECK (event_type IN ('motion', 'election')),
    name                text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    state               text NOT NULL CHECK (state IN ('draft', 'active', 'closed', 'released', 'annulled')),
    -- The published status follows from the state.
    status              text NOT NULL GENERATED ALWAYS AS
                            (CASE WHEN state = 'active' THEN 'active' ELSE 'inactive' END) STORED
                            CHECK (status IN ('active', 'inactive')),
    start_time          timestamptz NOT NULL,
    end_time            timestamptz,
    data                jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    created_by_user_id  integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    session_id          integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    created_at          timestamptz NOT NULL,
    opened_at           timestamptz,
    closed_at           timestamptz,
    released_at         timestamptz,
    annulled_at         timestamptz,
    annulled_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    annulment_reason    text CHECK (char_length(annulment_reason) BETWEEN 1 AND 1000),
    -- The quorum rule it was opened under.
    quorum              jsonb,
    CONSTRAINT events_end_after_start CHECK (end_time >= start_time),
    CONSTRAINT events_opened CHECK ((state = 'draft') = (opened_at IS NULL)),
    CONSTRAINT events_quorum CHECK (state = 'draft' OR quorum IS NOT NULL),
    CONSTRAINT events_closed CHECK (
        CASE state
            WHEN 'closed' THEN closed_at IS NOT NULL AND released_at IS NULL
            WHEN 'released' THEN closed_at IS NOT NULL AND released_at IS NOT NULL
            WHEN 'annulled' THEN released_at IS NULL OR closed_at IS NOT NULL
            ELSE closed_at IS NULL AND released_at IS NULL
        END),
    CONSTRAINT events_annulled CHECK (
        (state = 'annulled') = (annulled_at IS NOT NULL)
        AND (annulled_at IS NULL) = (annulled_by_user_id IS NULL)
        AND (annulled_at IS NULL) = (annulment_reason IS NULL))
);
CREATE INDEX events_session_id ON events (session_id, id);
-- The schedule looks here for votes whose end has come.
CREATE INDEX events_due ON events (end_time) WHERE state = 'active' AND end_time IS NOT NULL;

-- Who may vote on an event and how much it counts, fixed when it opens.
CREATE TABLE electoral_roll (
    event_id          integer NOT NULL REFERENCES events ON DELETE RESTRICT,
    principal_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    vote_weight       integer NOT NULL CHECK (vote_weight BETWEEN 0 AND 1000000),
    -- In the sitting when the event opened.
    present           boolean NOT NULL,
    -- Who could cast the vote at that moment, with which instance.
    holder_user_id    integer REFERENCES users ON DELETE RESTRICT,
    user_session_id   integer,
    CONSTRAINT electoral_roll_pkey PRIMARY KEY (event_id, principal_user_id),
    CONSTRAINT electoral_roll_holder CHECK ((holder_user_id IS NULL) = (user_session_id IS NULL)),
    -- Who was present holds their own vote.
    CONSTRAINT electoral_roll_present CHECK (NOT present OR coalesce(holder_user_id = principal_user_id, false)),
    CONSTRAINT electoral_roll_user_session_fkey FOREIGN KEY (user_session_id, principal_user_id)
        REFERENCES user_sessions (id, principal_user_id) ON DELETE RESTRICT
);
CREATE TRIGGER electoral_roll_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON electoral_roll
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE votes (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          integer NOT NULL REFERENCES events ON DELETE RESTRICT,
    user_session_id   integer NOT NULL,
    -- Whose vote it is. With the instance it must be the instance's principal, with the event it must
    -- stand on the roll: both are foreign keys.
    principal_user_id integer NOT NULL,
    cast_time         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- {proxy, proxy_for_user_id, vote_response}
    data              jsonb NOT NULL CHECK (jsonb_typeof(data -> 'vote_response') = 'array'),
    CONSTRAINT votes_event_user_session_key UNIQUE (event_id, user_session_id),
    CONSTRAINT votes_event_principal_key UNIQUE (event_id, principal_user_id),
    CONSTRAINT votes_user_session_fkey FOREIGN KEY (user_session_id, principal_user_id)
        REFERENCES user_sessions (id, principal_user_id) ON DELETE RESTRICT,
    CONSTRAINT votes_roll_fkey FOREIGN KEY (event_id, principal_user_id)
        REFERENCES electoral_roll (event_id, principal_user_id) ON DELETE RESTRICT
);
CREATE INDEX votes_user_session_id ON votes (user_session_id);
CREATE TRIGGER votes_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON votes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The counted result, written in the transaction that closes the event.
CREATE TABLE event_results (
    event_id   integer PRIMARY KEY REFERENCES events ON DELETE RESTRICT,
    data       jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    counted_at timestamptz NOT NULL
);
CREATE TRIGGER event_results_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON event_results
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The record of changes and the record of answers ------------------------------------------------

-- Who did what, on what, before and after; in the transaction of the change. Never a choice, a
-- secret or a provider's subject.
CREATE TABLE audit_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id integer REFERENCES organizations ON DELETE RESTRICT,
    session_id      integer REFERENCES sessions ON DELETE RESTRICT,
    -- A deleted draft leaves its lines behind, so this is not a foreign key.
    event_id        integer,
    action          text NOT NULL,
    target_table    text NOT NULL,
    target_id       bigint NOT NULL,
    -- Empty: the server itself.
    actor_user_id   integer REFERENCES users ON DELETE RESTRICT,
    at              timestamptz NOT NULL,
    -- {before, after}
    changes         jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object')
);
CREATE INDEX audit_log_organization_id ON audit_log (organization_id, id DESC);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
    user_id      integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    key          text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    status       integer,
    body         bytea,
    created_at   timestamptz NOT NULL,
    -- Written at every replay: an acknowledgement always follows a commit that reached the log.
    last_used_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
