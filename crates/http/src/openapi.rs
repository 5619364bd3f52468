//! The API description: what the handlers say about themselves, completed.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoParams, OpenApi as _};

use crate::problem::ProblemBody;

/// Which piece of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; Page is what reads it")]
pub(crate) struct PagingParameters {
    /// How many items at most; 50 when left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<u16>,
    /// Continue behind the `next` of an earlier answer.
    after: Option<i64>,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Plenum",
        description = "Runs an organization's decisions: sessions, attendance, proxies, events, votes and results.\n\n\
            Sign in with `Authorization: Bearer <API token>`, or with the cookie that /auth/login sets.\n\
            Times are RFC 3339 in UTC, ids are integers, unknown fields in a request are refused.\n\
            Every POST takes an optional `Idempotency-Key`: the same key with the same request gives the same \
            answer again. Errors are problem details (RFC 9457); docs/ERRORS.md lists their codes.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    components(schemas(ProblemBody))
)]
struct Frame;

/// The description before any operation is added.
pub(crate) fn frame() -> OpenApi {
    Frame::openapi()
}

/// The whole description, OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    finish(crate::described(crate::BodyLimits::default()).into_openapi())
}

/// As it is published and committed.
pub(crate) fn to_json(document: &OpenApi) -> String {
    // Unwrap safety: the document is a tree of texts and numbers with text keys.
    let mut text = serde_json::to_string_pretty(document).expect("the description turns into JSON");
    text.push('\n');
    text
}

/// Adds what every operation has: examples from the schemas, problems, the idempotency key.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    let schemas =
        document.components.as_ref().map(|components| json!(components.schemas)).unwrap_or_default();
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            complete(operation, &schemas);
            operation.operation_id = operation.operation_id.take().map(|handler| unique_name(&handler, path));
        }
    }
    document
}

/// A handler's name is unique on its path: `list` becomes `list_organizations_members`.
fn unique_name(handler: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path.split(['/', '.']).filter(|word| !word.is_empty() && !word.starts_with('{'));
    words.fold(handler.to_owned(), |name, word| format!("{name}_{}", word.replace('-', "_")))
}

fn complete(operation: &mut Operation, schemas: &Value) {
    if let Some(RefOr::T(body)) = operation.request_body.as_mut() {
        add_examples(body.content.values_mut(), schemas);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_examples(response.content.values_mut(), schemas);
        }
    }
    let mut problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    add_example(&mut problem, schemas);
    let response = ResponseBuilder::new()
        .description("Why it was not done.")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), response.into());
}

fn add_examples<'a>(contents: impl Iterator<Item = &'a mut RefOr<Content>>, schemas: &Value) {
    for content in contents {
        if let RefOr::T(content) = content {
            add_example(content, schemas);
        }
    }
}

fn add_example(content: &mut Content, schemas: &Value) {
    if content.example.is_none() && content.examples.is_empty() {
        content.example = content.schema.as_ref().and_then(|schema| example(&json!(schema), schemas));
    }
}

/// The example of a schema: its own, that of what it refers to, or a list of one.
fn example(schema: &Value, schemas: &Value) -> Option<Value> {
    if let Some(example) = schema.get("example") {
        return Some(example.clone());
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return example(schemas.get(name.strip_prefix("#/components/schemas/")?)?, schemas);
    }
    let items = schema.pointer("/properties/items/items")?;
    Some(json!({"items": [example(items, schemas)?], "next": null}))
}
