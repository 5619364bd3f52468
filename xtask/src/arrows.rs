//! Which crate may depend on which, read from `cargo metadata`. Development dependencies are free:
//! tests may use whatever they like.

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::command::root;

/// Each crate with everything of the workspace it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("plenum-tally", &[]),
    ("plenum-domain", &["plenum-tally"]),
    ("plenum-ports", &["plenum-domain", "plenum-tally"]),
    ("plenum-record", &["plenum-ports", "plenum-domain", "plenum-tally"]),
    ("plenum-application", &["plenum-record", "plenum-ports", "plenum-domain", "plenum-tally"]),
    ("plenum-postgres", &["plenum-ports", "plenum-domain", "plenum-tally"]),
    ("plenum-oidc", &["plenum-ports", "plenum-domain", "plenum-tally"]),
    ("plenum-print", &["plenum-ports", "plenum-domain", "plenum-tally"]),
    ("plenum-keys", &["plenum-ports", "plenum-domain", "plenum-tally"]),
    (
        "plenum-http",
        &["plenum-application", "plenum-record", "plenum-ports", "plenum-domain", "plenum-tally"],
    ),
    (
        "plenum",
        &[
            "plenum-http",
            "plenum-oidc",
            "plenum-keys",
            "plenum-postgres",
            "plenum-print",
            "plenum-application",
            "plenum-record",
            "plenum-ports",
            "plenum-domain",
            "plenum-tally",
        ],
    ),
    ("xtask", &["plenum-tally"]),
];

/// What the pure crates must not have, directly.
const IMPURE: &[&str] = &["tokio", "async-trait", "futures", "serde", "serde_json", "rand", "sqlx", "axum"];
const PURE: &[&str] = &["plenum-domain", "plenum-tally"];

/// Fails on any other arrow.
pub(crate) fn check() -> Result<(), String> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let members: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        if name == "plenum-tests" {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{name} is not in the list of crates in xtask/src/arrows.rs"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal) {
            let target = dependency.name.as_str();
            if members.contains(&target) && !allowed.contains(&target) {
                wrong.push(format!("{name} must not depend on {target}"));
            }
            if PURE.contains(&name) && IMPURE.contains(&target) && !dependency.optional {
                wrong.push(format!("{name} is pure and must not depend on {target}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn arrows_point_the_allowed_way() {
        assert_eq!(super::check(), Ok(()));
    }
}
