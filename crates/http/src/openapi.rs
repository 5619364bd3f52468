//! The API description: what the handlers say about themselves, completed.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, ContentBuilder, Object, Ref, RefOr, Required, ResponseBuilder, Type};
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
    components(schemas(ProblemBody)),
    tags(
        (name = "sign-in", description = "To the OpenID Connect provider and back."),
        (name = "me", description = "Who you are, and your API tokens."),
        (name = "organizations", description = "Organizations, their rules and their audit log."),
        (name = "members", description = "Who belongs to an organization."),
        (name = "committees", description = "Groups of an organization's members."),
        (name = "clients", description = "Machines that act for an organization, and their tokens."),
        (name = "people", description = "For administrators of the server."),
        (name = "roles", description = "Who may do what: roles granted in one place and everything narrower."),
        (name = "sessions", description = "Sittings: opened, joined with a code, closed for good."),
        (name = "attendance", description = "Who is in."),
        (name = "proxies", description = "Voting for someone else."),
        (name = "events", description = "What is put to the vote, and what came of it."),
        (name = "nominations", description = "Offices to be filled, who stands for them, and their elections."),
        (name = "motions", description = "Texts, amendments, reconsideration and withdrawal of motions."),
        (name = "votes", description = "Casting, and who voted how."),
        (name = "log", description = "What anybody can check: the log, its checkpoints, receipts and records."),
        (name = "operator", description = "For the tools of who runs the server.")
    )
)]
struct Frame;

/// The description before any operation is added.
pub(crate) fn frame() -> OpenApi {
    Frame::openapi()
}

/// The two ways to be signed in.
fn add_security(document: &mut OpenApi) {
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token.")).build();
    let about = "Set by /auth/login. Requests that change something have to come from a page of this server.";
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description("__Host-plenum", about));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
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
    add_security(&mut document);
    let schemas =
        document.components.as_ref().map(|components| json!(components.schemas)).unwrap_or_default();
    for (path, item) in &mut document.paths.paths {
        let signed_in = path.starts_with("/api/v1/");
        if let Some(post) = item.post.as_mut().filter(|_| signed_in) {
            post.parameters.get_or_insert_default().push(idempotency_key().into());
        }
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            complete(operation, &schemas);
            if signed_in {
                let ways = ["token", "cookie"].map(|way| SecurityRequirement::new(way, Vec::<String>::new()));
                operation.security = Some(ways.into());
            }
            operation.operation_id = operation.operation_id.take().map(|handler| unique_name(&handler, path));
        }
    }
    document
}

fn idempotency_key() -> Parameter {
    let about = "1 to 255 visible ASCII characters. The same key with the same request gives the same answer \
                 again, with the header Idempotency-Replayed: true; with another request it is refused.";
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(Object::with_type(Type::String)))
        .example(Some(json!("5f3c9a7e-vote-1")))
        .build()
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
