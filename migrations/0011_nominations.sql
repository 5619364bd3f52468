-- Offices to be filled by election, and who is nominated for them.

-- Nominations are open until the election that fills the office is prepared; deleting its draft opens them again.
CREATE TABLE offices (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id         integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    seats              integer NOT NULL CHECK (seats BETWEEN 1 AND 1000),
    -- How the election will be held: the data of an event without its candidates.
    data               jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    -- The election whose outcome opened nominations again.
    follows_event_id   integer REFERENCES events ON DELETE RESTRICT,
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    created_at         timestamptz NOT NULL,
    closed_at          timestamptz,
    closed_by_user_id  integer REFERENCES users ON DELETE RESTRICT,
    event_id           integer REFERENCES events ON DELETE RESTRICT,
    CONSTRAINT offices_closed CHECK (num_nonnulls(closed_at, closed_by_user_id, event_id) IN (0, 3)),
    -- An election fills one office.
    CONSTRAINT offices_event_key UNIQUE (event_id)
);
CREATE INDEX offices_session_id ON offices (session_id, id);
CREATE INDEX offices_follows ON offices (follows_event_id) WHERE follows_event_id IS NOT NULL;

-- What a person said to it is kept here as it stands; how it came about is in the audit log.
CREATE TABLE nominations (
    id                   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    office_id            integer NOT NULL REFERENCES offices ON DELETE CASCADE,
    candidate_user_id    integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    nominated_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    nominated_at         timestamptz NOT NULL,
    -- Whether they stand; empty until they say so.
    accepted             boolean,
    answered_at          timestamptz,
    answered_by_user_id  integer REFERENCES users ON DELETE RESTRICT,
    statement            text CHECK (char_length(statement) BETWEEN 1 AND 5000),
    -- How they are called on the ballot; empty for who is not on it.
    option               text CHECK (char_length(option) BETWEEN 1 AND 200),
    CONSTRAINT nominations_candidate_key UNIQUE (office_id, candidate_user_id),
    CONSTRAINT nominations_answered CHECK (num_nonnulls(accepted, answered_at, answered_by_user_id) IN (0, 3)),
    CONSTRAINT nominations_on_ballot CHECK (option IS NULL OR accepted IS TRUE)
);
