-- Nominees who lost the right to stand before nominations were closed.
ALTER TABLE nominations
    -- Why they are not on the ballot although they stood.
    ADD COLUMN left_out text CHECK (left_out IN ('no_member', 'no_vote', 'unknown')),
    ADD CONSTRAINT nominations_left_out CHECK (left_out IS NULL OR (accepted IS TRUE AND option IS NULL));
