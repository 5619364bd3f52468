-- API clients: machines that act for an organization, each under a name and a number of its own.

-- A client is a row of users, as everything that is done is done by one of them. It never signs in.
ALTER TABLE users
    ADD COLUMN is_client boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT users_client_never_signs_in
        CHECK (NOT is_client OR (oidc_subject IS NULL AND merged_into IS NULL));

CREATE TABLE api_clients (
    user_id            integer PRIMARY KEY REFERENCES users ON DELETE RESTRICT,
    organization_id    integer NOT NULL REFERENCES organizations ON DELETE RESTRICT,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Gone; the row stays for what it did.
    deleted_at         timestamptz
);
CREATE UNIQUE INDEX api_clients_name_key ON api_clients (organization_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX api_clients_organization_id ON api_clients (organization_id, user_id);
CREATE TRIGGER set_timestamp BEFORE UPDATE ON api_clients
    FOR EACH ROW EXECUTE FUNCTION trigger_set_timestamp();

-- A client never has a vote: it is no member, and neither casts a vote nor has one cast for it. Looked at
-- once for each statement, as rosters have thousands of rows.
CREATE FUNCTION refuse_client_member() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN users u ON u.id = a.user_id WHERE u.is_client) THEN
        RAISE EXCEPTION 'a client never votes' USING ERRCODE = 'check_violation', CONSTRAINT = 'clients_never_vote';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_never_vote AFTER INSERT ON organization_members
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_client_member();

CREATE FUNCTION refuse_client_instance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN users u ON u.id IN (a.user_id, a.proxy) WHERE u.is_client) THEN
        RAISE EXCEPTION 'a client never votes' USING ERRCODE = 'check_violation', CONSTRAINT = 'clients_never_vote';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_never_vote AFTER INSERT ON user_sessions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_client_instance();

-- Nor does it by a role.
CREATE FUNCTION refuse_client_role() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN users u ON u.id = a.user_id
               WHERE u.is_client AND (a.is_global OR a.role = 'voting_member')) THEN
        RAISE EXCEPTION 'a client never votes' USING ERRCODE = 'check_violation', CONSTRAINT = 'clients_never_vote';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_never_vote AFTER INSERT ON roles
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_client_role();

-- Rosters find people again by their number in the organization, in whatever case it was typed.
DROP INDEX organization_members_number_key;
CREATE UNIQUE INDEX organization_members_number_key ON organization_members (organization_id, lower(member_number))
    WHERE member_number IS NOT NULL;
