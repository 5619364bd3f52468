-- Who may do what: role grants, committees, and what administering people needs.

-- One trigger function keeps updated_at wherever there is one.
CREATE FUNCTION trigger_set_timestamp() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = clock_timestamp();
    RETURN NEW;
END
$$;

ALTER TABLE users
    ADD COLUMN updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Signed out and kept out; what they did stays.
    ADD COLUMN disabled_at  timestamptz,
    -- This row was a second one of the same person: who signs in with its subject is the other one.
    ADD COLUMN merged_into  integer REFERENCES users ON DELETE RESTRICT,
    ADD COLUMN anonymized_at timestamptz,
    ADD CONSTRAINT users_merged_is_disabled CHECK (merged_into IS NULL OR disabled_at IS NOT NULL),
    ADD CONSTRAINT users_merged_into_other CHECK (merged_into <> id);

ALTER TABLE organizations
    ADD COLUMN updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Can be looked at and not changed.
    ADD COLUMN archived_at timestamptz,
    -- Gone for everybody; its row stays for the audit log.
    ADD COLUMN deleted_at  timestamptz;

ALTER TABLE organization_members
    ADD COLUMN updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN email         text CHECK (char_length(email) BETWEEN 3 AND 254),
    ADD COLUMN member_number text CHECK (char_length(member_number) BETWEEN 1 AND 50);
CREATE UNIQUE INDEX organization_members_number_key ON organization_members (organization_id, member_number)
    WHERE member_number IS NOT NULL;
-- Who runs an organization is asked whenever somebody might be the last to do so.
CREATE INDEX organization_members_owners ON organization_members (organization_id) WHERE user_role = 'owner';

-- What a token may be used for, besides what its owner may do.
ALTER TABLE api_tokens
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,vote,host,administer}'
        CONSTRAINT api_tokens_scopes CHECK (
            cardinality(scopes) BETWEEN 1 AND 4 AND scopes <@ '{read,vote,host,administer}');

-- Committees ------------------------------------------------------------------------------------

CREATE TABLE committees (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id    integer NOT NULL REFERENCES organizations ON DELETE RESTRICT,
    -- The committee it is part of.
    parent_id          integer,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Dissolved.
    deleted_at         timestamptz,
    CONSTRAINT committees_organization_key UNIQUE (id, organization_id),
    CONSTRAINT committees_parent_fkey FOREIGN KEY (parent_id, organization_id)
        REFERENCES committees (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT committees_not_own_parent CHECK (parent_id <> id)
);
CREATE UNIQUE INDEX committees_name_key ON committees (organization_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX committees_parent_id ON committees (parent_id);

-- A committee's members are members of the organization; with that membership theirs ends.
CREATE TABLE committee_members (
    committee_id    integer NOT NULL,
    organization_id integer NOT NULL,
    user_id         integer NOT NULL,
    user_role       text NOT NULL CHECK (user_role IN ('chair', 'secretary', 'member', 'observer')),
    joined_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT committee_members_pkey PRIMARY KEY (committee_id, user_id),
    CONSTRAINT committee_members_committee_fkey FOREIGN KEY (committee_id, organization_id)
        REFERENCES committees (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT committee_members_member_fkey FOREIGN KEY (organization_id, user_id)
        REFERENCES organization_members (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX committee_members_user_id ON committee_members (user_id);
CREATE INDEX committee_members_member ON committee_members (organization_id, user_id);

-- A sitting of a committee.
ALTER TABLE sessions
    ADD COLUMN updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN committee_id integer,
    ADD CONSTRAINT sessions_committee_fkey FOREIGN KEY (committee_id, organization_id)
        REFERENCES committees (id, organization_id) ON DELETE RESTRICT;
CREATE INDEX sessions_committee_id ON sessions (committee_id, id DESC) WHERE committee_id IS NOT NULL;

-- A committee and those it is part of, dissolved ones left out.
CREATE FUNCTION committee_line(committee integer) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, parent_id, deleted_at) AS (
        SELECT c.id, c.parent_id, c.deleted_at FROM committees c WHERE c.id = $1
        UNION
        SELECT c.id, c.parent_id, c.deleted_at FROM committees c JOIN line ON c.id = line.parent_id)
    SELECT coalesce(array_agg(line.id), '{}') FROM line WHERE line.deleted_at IS NULL
$$;

-- A committee and those that are part of it.
CREATE FUNCTION committee_tree(committee integer) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tree (id) AS (
        SELECT $1
        UNION
        SELECT c.id FROM committees c JOIN tree ON c.parent_id = tree.id)
    SELECT array_agg(tree.id) FROM tree
$$;

-- Role grants -----------------------------------------------------------------------------------

-- A grant holds in exactly one scope, and in everything narrower.
CREATE TABLE roles (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id            integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    role               text NOT NULL CHECK (role IN ('admin', 'chair', 'secretary', 'teller', 'member_manager',
                                                     'auditor', 'observer', 'voting_member')),
    is_global          boolean NOT NULL DEFAULT false,
    organization_id    integer REFERENCES organizations ON DELETE RESTRICT,
    committee_id       integer REFERENCES committees ON DELETE RESTRICT,
    session_id         integer REFERENCES sessions ON DELETE RESTRICT,
    -- A deleted draft takes its grants along; the audit log keeps them. What was opened is never deleted.
    event_id           integer REFERENCES events ON DELETE CASCADE,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Revoked. Who was chair when is still known.
    deleted_at         timestamptz,
    -- Empty: the operator.
    granted_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    revoked_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT single_role_for_domain CHECK (
        (num_nonnulls(organization_id, committee_id, session_id, event_id) = 1 AND NOT is_global)
        OR (num_nonnulls(organization_id, committee_id, session_id, event_id) = 0 AND is_global)),
    CONSTRAINT roles_revoked CHECK (revoked_by_user_id IS NULL OR deleted_at IS NOT NULL)
);
-- The same grant lives once. (A null is no number, so none of the scopes is told by 0.)
CREATE UNIQUE INDEX roles_live_key ON roles (
    user_id, role, is_global, coalesce(organization_id, 0), coalesce(committee_id, 0),
    coalesce(session_id, 0), coalesce(event_id, 0)) WHERE deleted_at IS NULL;
CREATE INDEX roles_organization_id ON roles (organization_id, id) WHERE organization_id IS NOT NULL;
CREATE INDEX roles_committee_id ON roles (committee_id, id) WHERE committee_id IS NOT NULL;
CREATE INDEX roles_session_id ON roles (session_id, id) WHERE session_id IS NOT NULL;
CREATE INDEX roles_event_id ON roles (event_id, id) WHERE event_id IS NOT NULL;

-- A role promised to somebody who is not known yet, to be claimed with a verified claim of the
-- provider. What rules everything is never promised.
CREATE TABLE pending_roles (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- In lower case.
    email              text CHECK (char_length(email) BETWEEN 3 AND 254 AND email = lower(email)),
    andrew_id          text CHECK (char_length(andrew_id) BETWEEN 1 AND 100),
    role               text NOT NULL CHECK (role IN ('chair', 'secretary', 'teller', 'member_manager',
                                                     'auditor', 'observer', 'voting_member')),
    organization_id    integer REFERENCES organizations ON DELETE RESTRICT,
    committee_id       integer REFERENCES committees ON DELETE RESTRICT,
    session_id         integer REFERENCES sessions ON DELETE RESTRICT,
    event_id           integer REFERENCES events ON DELETE CASCADE,
    expires_at         timestamptz NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    granted_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    -- Claimed, taken back, or given up because who promised it could no longer grant it.
    deleted_at         timestamptz,
    claimed_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT pending_roles_to_one CHECK (num_nonnulls(email, andrew_id) = 1),
    CONSTRAINT pending_roles_single_scope CHECK (
        num_nonnulls(organization_id, committee_id, session_id, event_id) = 1),
    CONSTRAINT pending_roles_claimed CHECK (claimed_by_user_id IS NULL OR deleted_at IS NOT NULL)
);
CREATE UNIQUE INDEX pending_roles_live_key ON pending_roles (
    coalesce(email, ''), coalesce(andrew_id, ''), role, coalesce(organization_id, 0),
    coalesce(committee_id, 0), coalesce(session_id, 0), coalesce(event_id, 0)) WHERE deleted_at IS NULL;
CREATE INDEX pending_roles_andrew_id ON pending_roles (andrew_id) WHERE deleted_at IS NULL;

-- The roles that reach a person at a place, as 'global:admin', 'organization:chair', 'below:teller'.
CREATE FUNCTION held_roles(person integer, organization integer, committee integer, sitting integer, event integer)
RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT held.word), '{}')
    FROM (
        SELECT CASE
                   WHEN r.is_global THEN 'global:'
                   WHEN r.organization_id IS NOT NULL THEN 'organization:'
                   ELSE 'below:'
               END || r.role AS word
        FROM roles r
        WHERE r.user_id = $1 AND r.deleted_at IS NULL
          AND (r.is_global OR r.organization_id = $2 OR r.session_id = $4 OR r.event_id = $5
               OR (r.committee_id IS NOT NULL AND r.committee_id = ANY (committee_line($3))))
        UNION ALL
        SELECT 'below:' || CASE m.user_role WHEN 'member' THEN 'voting_member' ELSE m.user_role END
        FROM committee_members m
        WHERE $3 IS NOT NULL AND m.user_id = $1 AND m.committee_id = ANY (committee_line($3))) held
$$;

ALTER TABLE events ADD COLUMN updated_at timestamptz NOT NULL DEFAULT clock_timestamp();

CREATE TRIGGER set_timestamp BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON organization_members
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON committees
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON committee_members
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON roles
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();
CREATE TRIGGER set_timestamp BEFORE UPDATE ON pending_roles
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();

-- Anonymizing ------------------------------------------------------------------------------------

-- The audit log is written once. The one exception takes a person's names out of the lines about that
-- person, and leaves everything else of them as it is.
CREATE FUNCTION refuse_change_but_redaction() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('plenum.redacting', true) = 'on'
       AND to_jsonb(NEW) - 'changes' = to_jsonb(OLD) - 'changes' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once and never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_redacted_only BEFORE UPDATE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_redaction();
CREATE INDEX audit_log_people ON audit_log (target_id) WHERE target_table = 'users';

CREATE FUNCTION redact_audit_log(person integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('plenum.redacting', 'on', true);
    UPDATE audit_log
    SET changes = changes #- '{before,name}' #- '{before,andrew_id}' #- '{after,name}' #- '{after,andrew_id}'
    WHERE target_table = 'users' AND target_id = person;
    PERFORM set_config('plenum.redacting', 'off', true);
END
$$;
