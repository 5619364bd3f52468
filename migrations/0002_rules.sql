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
