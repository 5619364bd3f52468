"""Checks records of sessions, with nothing but Python's standard library. docs/RECORD.md says what is checked."""
