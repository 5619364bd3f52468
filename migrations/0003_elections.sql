-- Results that waited for a decision.

-- A tie that the chair decides leaves a result behind that waits; the decision adds the next one. None of them is ever
-- changed, and the last one counts.
ALTER TABLE event_results
    ADD COLUMN number integer NOT NULL DEFAULT 1 CHECK (number >= 1),
    DROP CONSTRAINT event_results_pkey,
    ADD CONSTRAINT event_results_pkey PRIMARY KEY (event_id, number);
