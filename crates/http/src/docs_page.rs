//! `/api/openapi.json`, and the same for people to read at `/api/docs`: one page, made once, that needs
//! no script and reaches no other host.

use std::fmt::Write;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::state::HttpState;

/// No script, no style, no image, from nowhere.
const PLAIN_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A text inside a page.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn router(document: &OpenApi) -> Router<HttpState> {
    let json = Bytes::from(crate::openapi::to_json(document));
    let page = Bytes::from(page(&json!(document)));
    let json = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    let page = move || {
        let page = page.clone();
        async move { ([(header::CONTENT_SECURITY_POLICY, PLAIN_PAGE)], Html(page)).into_response() }
    };
    Router::new().route("/api/openapi.json", get(json)).route("/api/docs", get(page))
}

/// The whole description as a page.
pub(crate) fn page(document: &Value) -> String {
    let schemas = &document["components"]["schemas"];
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Plenum: the API</title>\n<main>\n<h1>The API</h1>\n",
    );
    paragraphs(&mut page, text(&document["info"]["description"]));
    page.push_str("<p>For programs: <a href=\"/api/openapi.json\">OpenAPI 3.1</a></p>\n");
    let operations = operations(document);
    page.push_str("<h2>Operations</h2>\n<ul>\n");
    for (method, path, operation) in &operations {
        let _ = writeln!(
            page,
            "<li><a href=\"#{}\"><code>{method} {}</code></a> {}</li>",
            anchor(method, path),
            escape(path),
            escape(text(&operation["summary"])),
        );
    }
    page.push_str("</ul>\n");
    for (method, path, operation) in &operations {
        section(&mut page, method, path, operation);
    }
    page.push_str("<h2>Schemas</h2>\n");
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let _ = writeln!(page, "<h3 id=\"schema-{0}\">{0}</h3>", escape(name));
        paragraphs(&mut page, text(&schema["description"]));
        let mut bare = schema.clone();
        if let Some(fields) = bare.as_object_mut() {
            fields.retain(|key, _| key != "description" && key != "example");
        }
        block(&mut page, &bare);
    }
    page.push_str("</main>\n</html>\n");
    page
}

/// Every operation in the order of the document.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    found
}

fn section(page: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = writeln!(
        page,
        "<h3 id=\"{}\"><code>{method} {}</code></h3>\n<p><b>{}</b></p>",
        anchor(method, path),
        escape(path),
        escape(text(&operation["summary"])),
    );
    paragraphs(page, text(&operation["description"]));
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        page.push_str("<ul>\n");
    }
    for parameter in parameters {
        let _ = writeln!(
            page,
            "<li><code>{}</code> ({}) {}</li>",
            escape(text(&parameter["name"])),
            escape(text(&parameter["in"])),
            escape(text(&parameter["description"])),
        );
    }
    if !parameters.is_empty() {
        page.push_str("</ul>\n");
    }
    for media in operation["requestBody"]["content"].as_object().into_iter().flat_map(|map| map.values()) {
        let _ = writeln!(page, "<p>Request: {}</p>", schema_link(&media["schema"]));
        for example in examples(media) {
            block(page, example);
        }
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if status == "default" {
            continue;
        }
        let description = escape(text(&response["description"]));
        let media = response["content"].as_object().and_then(|content| content.values().next());
        let link = media.map(|media| schema_link(&media["schema"])).unwrap_or_default();
        let _ = writeln!(page, "<p>{status}: {description} {link}</p>");
        for example in media.into_iter().flat_map(examples) {
            block(page, example);
        }
    }
}

/// The example of a body, or its several.
pub(crate) fn examples(media: &Value) -> Vec<&Value> {
    let named = media["examples"].as_object().into_iter().flat_map(|map| map.values());
    media.get("example").into_iter().chain(named.filter_map(|example| example.get("value"))).collect()
}

fn anchor(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_lowercase(), |anchor, word| format!("{anchor}-{word}"))
}

fn schema_link(schema: &Value) -> String {
    let direct = text(&schema["$ref"]);
    let listed = text(&schema["properties"]["items"]["items"]["$ref"]);
    let (before, reference) = if direct.is_empty() { ("list of ", listed) } else { ("", direct) };
    match reference.rsplit('/').next().unwrap_or_default() {
        "" => String::new(),
        name => format!("{before}<a href=\"#schema-{0}\">{0}</a>", escape(name)),
    }
}

fn block(page: &mut String, value: &Value) {
    let shown = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        value => format!("{value:#}"),
    };
    let _ = writeln!(page, "<pre>{}</pre>", escape(&shown));
}

fn paragraphs(page: &mut String, text: &str) {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let _ = writeln!(page, "<p>{}</p>", escape(paragraph));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
