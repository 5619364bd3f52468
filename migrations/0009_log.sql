-- The log: a queue of leaves, and the Merkle trees they are put in.
--
-- A change of state queues its leaves in its own transaction and touches no row that anybody else
-- touches. One sequencer at a time takes them out of the queue, in order, and gives each its place
-- in a tree: one for each sitting, one for each organization, one for the server.

-- The role the actor had, so that the record needs not know what became of the membership.
ALTER TABLE audit_log ADD COLUMN actor_role text;
-- The filters of the audit log.
CREATE INDEX audit_log_event_id ON audit_log (organization_id, event_id, id DESC) WHERE event_id IS NOT NULL;
CREATE INDEX audit_log_actor_user_id ON audit_log (organization_id, actor_user_id, id DESC);
CREATE INDEX audit_log_action ON audit_log (organization_id, action, id DESC);

CREATE TABLE log_queue (
    -- Follows the leaf into its tree, and is the id of the receipt for it.
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id integer REFERENCES organizations ON DELETE RESTRICT,
    session_id      integer REFERENCES sessions ON DELETE RESTRICT,
    event_id        integer,
    action          text NOT NULL,
    hash            bytea NOT NULL CHECK (octet_length(hash) = 32),
    leaf            text NOT NULL,
    -- {name: {salt, text}}
    openings        jsonb NOT NULL CHECK (jsonb_typeof(openings) = 'object')
);

CREATE TABLE log_trees (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id integer REFERENCES organizations ON DELETE RESTRICT,
    session_id      integer REFERENCES sessions ON DELETE RESTRICT,
    origin          text NOT NULL,
    -- The public key that signs its checkpoints.
    public_key      text NOT NULL,
    size            bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    -- The roots of its complete subtrees, the largest first.
    edge            bytea NOT NULL DEFAULT '',
    signed_size     bigint NOT NULL DEFAULT 0 CHECK (signed_size BETWEEN 0 AND size),
    signed_at       timestamptz,
    CONSTRAINT log_trees_owner CHECK (organization_id IS NULL OR session_id IS NULL),
    CONSTRAINT log_trees_origin_key UNIQUE (origin)
);
CREATE UNIQUE INDEX log_trees_owner_key ON log_trees (coalesce(organization_id, 0), coalesce(session_id, 0));
CREATE INDEX log_trees_unsigned ON log_trees (id) WHERE size > signed_size;

CREATE TABLE log_leaves (
    tree_id  integer NOT NULL REFERENCES log_trees ON DELETE RESTRICT,
    position bigint NOT NULL CHECK (position >= 0),
    id       bigint NOT NULL,
    event_id integer,
    action   text NOT NULL,
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32),
    leaf     text NOT NULL,
    -- The one thing that may change: an opening is taken away to erase what it opens.
    openings jsonb NOT NULL CHECK (jsonb_typeof(openings) = 'object'),
    CONSTRAINT log_leaves_pkey PRIMARY KEY (tree_id, position),
    CONSTRAINT log_leaves_id_key UNIQUE (id)
);

CREATE FUNCTION refuse_change_of_leaf() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tree_id, NEW.position, NEW.id, NEW.event_id, NEW.action, NEW.hash, NEW.leaf)
           IS DISTINCT FROM (OLD.tree_id, OLD.position, OLD.id, OLD.event_id, OLD.action, OLD.hash, OLD.leaf)
       OR NOT OLD.openings @> NEW.openings THEN
        RAISE EXCEPTION 'leaves of the log are written once; openings can only be taken away'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER log_leaves_written_once BEFORE UPDATE ON log_leaves
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_leaf();
CREATE TRIGGER log_leaves_stay BEFORE DELETE OR TRUNCATE ON log_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Erasing: the queue first and the trees after it, each seen anew, so that no leaf slips through between the two.
CREATE INDEX log_leaves_people ON log_leaves ((leaf::jsonb #>> '{target,id}')) WHERE action LIKE 'user.%';
CREATE INDEX log_leaves_votes ON log_leaves ((leaf::jsonb #>> '{target,id}'))
    WHERE action IN ('vote.cast', 'vote.change');

-- What was said of a person: names are in these leaves alone.
CREATE FUNCTION erase_person_from_log(person integer) RETURNS void
LANGUAGE sql AS $$
    UPDATE log_queue SET openings = '{}'
    WHERE action LIKE 'user.%' AND leaf::jsonb #>> '{target,id}' = person::text;
    UPDATE log_leaves SET openings = '{}'
    WHERE action LIKE 'user.%' AND leaf::jsonb #>> '{target,id}' = person::text;
$$;

-- What was chosen before a vote was changed.
CREATE FUNCTION erase_choices_from_log(votes text[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE log_queue SET openings = openings - 'choice'
    WHERE action IN ('vote.cast', 'vote.change') AND leaf::jsonb #>> '{target,id}' = ANY (votes);
    UPDATE log_leaves SET openings = openings - 'choice'
    WHERE action IN ('vote.cast', 'vote.change') AND leaf::jsonb #>> '{target,id}' = ANY (votes);
$$;

-- The roots of complete subtrees of 256, 65,536, ... leaves, for making proofs.
CREATE TABLE log_nodes (
    tree_id  integer NOT NULL REFERENCES log_trees ON DELETE RESTRICT,
    level    smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
    position bigint NOT NULL CHECK (position >= 0),
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT log_nodes_pkey PRIMARY KEY (tree_id, level, position)
);
CREATE TRIGGER log_nodes_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON log_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE log_checkpoints (
    tree_id integer NOT NULL REFERENCES log_trees ON DELETE RESTRICT,
    size    bigint NOT NULL CHECK (size > 0),
    root    bytea NOT NULL CHECK (octet_length(root) = 32),
    note    text NOT NULL,
    at      timestamptz NOT NULL,
    CONSTRAINT log_checkpoints_pkey PRIMARY KEY (tree_id, size)
);
CREATE TRIGGER log_checkpoints_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
