-- Whoever has an envelope finds the leaf that tells of it, by the hash that both have: so people see that their vote
-- is in the log, and nothing that joins the two has to be kept or carried.
CREATE INDEX log_leaves_envelopes ON log_leaves ((leaf::jsonb #>> '{facts,envelope}')) WHERE action = 'vote.seal';
