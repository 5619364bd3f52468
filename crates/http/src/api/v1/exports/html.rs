//! Papers as HTML: one file that needs nothing else, in which everything people typed is text.

use std::fmt::Write;

use plenum_ports::typesetting::{Block, Fact, Paper, Table};

use super::text::visible;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 'Noto Sans',system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}\
h1,h2,h3{line-height:1.25;color:#1f3d63;margin:1.6em 0 .4em}h1{margin-top:0;border-bottom:2px solid}\
header>p{font-weight:600;color:#5a616b;margin:0}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}dt{color:#5a616b}dd{margin:0}\
table{border-collapse:collapse;width:100%;margin:.6rem 0 1rem}\
th,td{text-align:start;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #c8cdd5}\
thead th{border-bottom:2px solid #1f3d63}.n{text-align:end;font-variant-numeric:tabular-nums}\
td,dd,p{overflow-wrap:anywhere;white-space:pre-line}.strong td{font-weight:700}\
aside{border-inline-start:4px solid #a84b00;background:#a84b001a;padding:.4rem .8rem}\
.sign{display:flex;gap:2rem;margin-top:4rem}.sign p{flex:1;border-top:1px solid}\
footer{margin-top:2rem;border-top:1px solid #c8cdd5;color:#5a616b;font-size:.85rem}\
@media(prefers-color-scheme:dark){h1,h2,h3{color:#a9c5ea}dt,header>p,footer{color:#a0a7b2}}\
@media print{thead{display:table-header-group}tr{break-inside:avoid}h2,h3{break-after:avoid}}";

/// Writes a paper.
pub(super) fn write(paper: &Paper) -> String {
    let mut out = String::new();
    let (title, issuer) = (escaped(&paper.title), escaped(&paper.issuer));
    // The policy is part of the file: saved and opened from a disk, it still loads and runs nothing.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<header>\n<p><bdi>{issuer}</bdi></p>\n<h1>{title}</h1>\n"
    );
    facts(&mut out, &paper.facts);
    out.push_str("</header>\n<main>\n");
    for block in &paper.blocks {
        write_block(&mut out, block);
    }
    let _ = write!(out, "</main>\n<footer><p>{}</p></footer>\n</body>\n</html>\n", escaped(&paper.footer));
    out
}

fn write_block(out: &mut String, block: &Block) {
    let mut element = |name: &str, text: &str| {
        let _ = writeln!(out, "<{name} dir=\"auto\">{}</{name}>", escaped(text));
    };
    match block {
        Block::Heading(text) => element("h2", text),
        Block::Subheading(text) => element("h3", text),
        Block::Text(text) => element("p", text),
        Block::Notice(text) => element("aside", text),
        Block::Facts(list) => facts(out, list),
        Block::Names { label, names } => {
            let names: Vec<String> =
                names.iter().map(|name| format!("<bdi>{}</bdi>", escaped(name))).collect();
            let _ = writeln!(out, "<p><strong>{}:</strong> {}</p>", escaped(label), names.join(" · "));
        }
        Block::Table(list) => table(out, list),
        Block::Signatures(names) => {
            out.push_str("<div class=\"sign\">");
            for name in names {
                let _ = write!(out, "<p>{}</p>", escaped(name));
            }
            out.push_str("</div>\n");
        }
    }
}

fn facts(out: &mut String, facts: &[Fact]) {
    out.push_str("<dl>\n");
    for Fact { name, value } in facts {
        let _ = writeln!(out, "<dt>{}</dt><dd dir=\"auto\">{}</dd>", escaped(name), escaped(value));
    }
    out.push_str("</dl>\n");
}

fn table(out: &mut String, table: &Table) {
    out.push_str("<table>\n<thead><tr>");
    let class = |numbers: bool| if numbers { " class=\"n\"" } else { "" };
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(column.numbers), escaped(&column.heading));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str(if row.strong { "<tr class=\"strong\">" } else { "<tr>" });
        for (cell, column) in row.cells.iter().zip(&table.columns) {
            let _ = write!(out, "<td{}><bdi>{}</bdi></td>", class(column.numbers), escaped(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

/// A text that is nothing but text, wherever in the file it stands.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::paper::tests::{hostile, specimen};
    use super::write;

    #[test]
    fn a_paper_as_html() {
        insta::assert_snapshot!(write(&specimen()));
    }

    #[test]
    fn what_people_typed_is_text() {
        let html = write(&hostile());
        let own = [
            "!doctype", "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "h1",
            "h2", "h3", "p", "bdi", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "aside",
            "strong", "div",
        ];
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
            assert!(own.contains(&name), "<{tag}>");
            for word in ["src=", "href", " on", "url("] {
                assert!(!tag.contains(word), "it loads and runs nothing: <{tag}>");
            }
        }
        assert!(!html.contains("url(") && !html.contains("@import"));
        assert!(!html.contains('\u{202E}') && !html.contains('\u{1B}') && !html.contains('\0'));
    }
}
