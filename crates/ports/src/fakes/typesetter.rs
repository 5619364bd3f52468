use async_trait::async_trait;

use crate::typesetting::{Paper, Printed, Typesetter, TypesettingError};

/// Prints a paper's content as it is, behind the mark of a PDF, so that tests can look into it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeTypesetter {
    /// Whether it refuses.
    pub busy: bool,
}

#[async_trait]
impl Typesetter for FakeTypesetter {
    async fn print(&self, paper: Paper) -> Result<Printed, TypesettingError> {
        if self.busy {
            return Err(TypesettingError::Busy);
        }
        Ok(Printed { pdf: format!("%PDF-\n{paper:#?}").into_bytes(), missing: Vec::new() })
    }
}
