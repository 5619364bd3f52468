//! The contract every store keeps, run against the fake and the real one alike.
