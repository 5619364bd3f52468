//! What is wrong with a request, field by field.

use std::fmt;

/// One thing that is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field, such as `data.vote_options[2]`.
    pub field: String,
    /// A sentence a person can act on.
    pub message: String,
}

/// Everything that is wrong with a request; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(.0))]
pub struct FieldErrors(Vec<FieldError>);

fn describe(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
}

impl FieldErrors {
    /// A single error.
    pub fn one(field: impl Into<String>, message: impl fmt::Display) -> Self {
        Self(vec![FieldError { field: field.into(), message: message.to_string() }])
    }

    /// The errors, at least one.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.0
    }

    /// The same errors, with `prefix` before each field's path; an empty one changes nothing.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        for error in &mut self.0 {
            error.field = match error.field.as_str() {
                "" => prefix.to_owned(),
                field if field.starts_with('[') => format!("{prefix}{field}"),
                field => format!("{prefix}.{field}"),
            };
        }
        self
    }
}

/// Collects errors while a request is read, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct FieldChecks(Vec<FieldError>);

impl FieldChecks {
    /// Starts with nothing wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the value, or the error under the field's name.
    pub fn take<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(field, error);
                None
            }
        }
    }

    /// Keeps the value, or all the errors of a nested value.
    pub fn nest<T>(&mut self, field: &str, result: Result<T, FieldErrors>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(errors) => {
                self.0.extend(errors.under(field).0);
                None
            }
        }
    }

    /// Keeps the value, or all the errors of a value on the same level.
    pub fn all<T>(&mut self, result: Result<T, FieldErrors>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(errors) => {
                self.0.extend(errors.0);
                None
            }
        }
    }

    /// Notes an error.
    pub fn fail(&mut self, field: &str, message: impl fmt::Display) {
        self.0.push(FieldError { field: field.to_owned(), message: message.to_string() });
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the built value when nothing is wrong.
    ///
    /// # Errors
    /// Everything that was noted. A missing value that no note explains is reported as such.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, FieldErrors> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ if self.0.is_empty() => Err(FieldErrors::one("", "is incomplete")),
            _ => Err(FieldErrors(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_reported_under_its_path() {
        let mut checks = FieldChecks::new();
        checks.take::<(), _>("name", Err("may not be empty"));
        checks.nest::<()>("data", Err(FieldErrors::one("[1]", "is twice there")));
        let errors = checks.finish(Some(())).unwrap_err();
        assert_eq!(errors.to_string(), "name: may not be empty; data[1]: is twice there");
    }

    #[test]
    fn a_clean_value_comes_back() {
        assert_eq!(FieldChecks::new().finish(Some(3)), Ok(3));
        assert!(FieldChecks::new().finish::<()>(None).is_err());
    }
}
