-- Mandates with a life of their own, corrections of the attendance, presence checks, the waiting list.

-- Mandates ---------------------------------------------------------------------------------------

-- An offer waits for the holder's word or the chair's. Once it stands it has a vote instance in its
-- sitting; an ended mandate keeps what it had.
ALTER TABLE proxies RENAME COLUMN revoked_at TO ended_at;
ALTER TABLE proxies
    ALTER COLUMN session_id DROP NOT NULL,
    ALTER COLUMN user_session_id DROP NOT NULL,
    -- For this event alone. A deleted draft leaves its mandates behind, so this is not a foreign key.
    ADD COLUMN event_id integer,
    -- For every sitting that the organization opens in a span of time; then there is no sitting.
    ADD COLUMN organization_id integer REFERENCES organizations ON DELETE RESTRICT,
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN valid_until timestamptz,
    -- The mandate for a span that this one comes from.
    ADD COLUMN span_id integer REFERENCES proxies ON DELETE RESTRICT,
    ADD COLUMN reason text CHECK (char_length(reason) BETWEEN 1 AND 1000),
    ADD COLUMN state text NOT NULL DEFAULT 'standing'
        CHECK (state IN ('offered', 'standing', 'declined', 'revoked', 'expired')),
    ADD COLUMN awaits text CHECK (awaits IN ('holder', 'chair')),
    ADD COLUMN stood_at timestamptz;

UPDATE proxies SET stood_at = created_at, state = CASE WHEN ended_at IS NULL THEN 'standing' ELSE 'revoked' END;

ALTER TABLE proxies
    ALTER COLUMN state DROP DEFAULT,
    ADD CONSTRAINT proxies_scope CHECK (
        CASE WHEN session_id IS NULL
            THEN organization_id IS NOT NULL AND valid_from < valid_until
                 AND event_id IS NULL AND span_id IS NULL AND user_session_id IS NULL
            ELSE organization_id IS NULL AND valid_from IS NULL AND valid_until IS NULL
        END),
    ADD CONSTRAINT proxies_state CHECK (
        CASE state
            WHEN 'offered' THEN awaits IS NOT NULL AND stood_at IS NULL AND ended_at IS NULL
            WHEN 'standing' THEN awaits IS NULL AND stood_at IS NOT NULL AND ended_at IS NULL
            ELSE awaits IS NULL AND ended_at IS NOT NULL
        END),
    ADD CONSTRAINT proxies_instance CHECK (
        session_id IS NULL OR (stood_at IS NULL) = (user_session_id IS NULL));

DROP INDEX proxies_standing_key;
-- One standing mandate per principal and vote. That one for the sitting and one for an event of it do
-- not stand side by side is decided while the sitting is held for update.
CREATE UNIQUE INDEX proxies_standing_key ON proxies (session_id, principal_user_id, coalesce(event_id, 0))
    WHERE state = 'standing' AND session_id IS NOT NULL;
CREATE INDEX proxies_organization_id ON proxies (organization_id, id) WHERE organization_id IS NOT NULL;
CREATE INDEX proxies_principal_user_id ON proxies (principal_user_id, id DESC);
CREATE INDEX proxies_holder_user_id ON proxies (holder_user_id, id DESC);
CREATE INDEX proxies_span_id ON proxies (span_id) WHERE span_id IS NOT NULL;

-- What happened to each mandate, for the three people concerned.
CREATE TABLE proxy_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proxy_id   integer NOT NULL REFERENCES proxies ON DELETE RESTRICT,
    change     text NOT NULL CHECK (change IN ('offered', 'given', 'accepted', 'confirmed', 'declined',
                                               'suspended', 'resumed', 'used', 'revoked', 'expired')),
    at         timestamptz NOT NULL,
    -- Empty: the server itself.
    by_user_id integer REFERENCES users ON DELETE RESTRICT,
    -- The event it was used in.
    event_id   integer,
    reason     text CHECK (char_length(reason) BETWEEN 1 AND 1000)
);
CREATE INDEX proxy_log_proxy_id ON proxy_log (proxy_id, id);
CREATE TRIGGER proxy_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proxy_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
