-- Presence: corrections of the attendance log, the waiting list, presence checks.

-- A correction is a line of its own: what was true of the person in a stretch of time that is past.
ALTER TABLE attendance_log
    DROP CONSTRAINT attendance_log_change_check,
    ADD COLUMN true_from timestamptz,
    ADD COLUMN true_until timestamptz,
    ADD COLUMN reason text CHECK (char_length(reason) BETWEEN 1 AND 1000),
    ADD CONSTRAINT attendance_log_change_check
        CHECK (change IN ('joined', 'left', 'removed', 'present', 'absent')),
    ADD CONSTRAINT attendance_log_correction CHECK (
        CASE WHEN change IN ('present', 'absent')
            THEN true_from IS NOT NULL AND true_until IS NOT NULL AND true_from < true_until
                 AND true_until <= at AND reason IS NOT NULL
            ELSE true_from IS NULL AND true_until IS NULL AND reason IS NULL
        END);

CREATE INDEX attendance_log_corrections ON attendance_log (session_id, user_id) WHERE true_from IS NOT NULL;

-- Who entered the code of a sitting to which the host admits.
CREATE TABLE waiting_list (
    session_id         integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    user_id            integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    state              text NOT NULL CHECK (state IN ('waiting', 'admitted', 'refused')),
    since              timestamptz NOT NULL,
    decided_at         timestamptz,
    decided_by_user_id integer REFERENCES users ON DELETE RESTRICT,
    CONSTRAINT waiting_list_pkey PRIMARY KEY (session_id, user_id),
    CONSTRAINT waiting_list_decided CHECK (
        (state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_user_id IS NULL))
);
CREATE INDEX waiting_list_user_id ON waiting_list (user_id) WHERE state <> 'admitted';

-- "Are you here?": asked of everyone present, answered for a set time.
CREATE TABLE presence_checks (
    id                 integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id         integer NOT NULL REFERENCES sessions ON DELETE RESTRICT,
    created_by_user_id integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    opened_at          timestamptz NOT NULL,
    closes_at          timestamptz NOT NULL,
    -- Whether who did not answer is set absent.
    sets_absent        boolean NOT NULL,
    closed_at          timestamptz,
    CONSTRAINT presence_checks_closes_after CHECK (closes_at > opened_at)
);
CREATE INDEX presence_checks_session_id ON presence_checks (session_id, id DESC);
-- One at a time.
CREATE UNIQUE INDEX presence_checks_running_key ON presence_checks (session_id) WHERE closed_at IS NULL;
-- The schedule looks here for checks whose time is up.
CREATE INDEX presence_checks_due ON presence_checks (closes_at) WHERE closed_at IS NULL;

CREATE TABLE presence_check_people (
    presence_check_id integer NOT NULL REFERENCES presence_checks ON DELETE RESTRICT,
    user_id           integer NOT NULL REFERENCES users ON DELETE RESTRICT,
    answered_at       timestamptz,
    set_absent        boolean NOT NULL DEFAULT false,
    CONSTRAINT presence_check_people_pkey PRIMARY KEY (presence_check_id, user_id),
    CONSTRAINT presence_check_people_absent CHECK (NOT set_absent OR answered_at IS NULL)
);
