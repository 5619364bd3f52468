//! The development provider's pages: plain HTML, no script, every value escaped.

use super::DemoPerson;

/// The only style sheet, served by the provider itself.
pub(super) const STYLE: &str = include_str!("style.css");

/// The page to pick a person; `fields` come back with the choice.
pub(super) fn pick(people: &[DemoPerson], fields: &[(&str, &str)]) -> String {
    let mut groups: Vec<(&str, Vec<&DemoPerson>)> = Vec::new();
    for person in people {
        match groups.iter_mut().find(|(description, _)| *description == person.description) {
            Some((_, members)) => members.push(person),
            None => groups.push((&person.description, vec![person])),
        }
    }
    let fields: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let groups: String = groups
        .iter()
        .enumerate()
        .map(|(number, (description, members))| group(number, description, members))
        .collect();
    page(
        "Sign in as",
        &format!(
            "<p>This is the development sign-in. It runs on this machine only and asks for no password: \
             pick who you want to be.</p>\n<form method=\"post\" action=\"/authorize\">\n{fields}{groups}</form>"
        ),
    )
}

fn hidden(name: &str, value: &str) -> String {
    let (name, value) = (escape(name), escape(value));
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
}

fn group(number: usize, description: &str, members: &[&DemoPerson]) -> String {
    let description = escape(description);
    let members: String = members.iter().map(|person| choice(person)).collect();
    format!(
        "<section aria-labelledby=\"group-{number}\">\n<h2 id=\"group-{number}\">{description}</h2>\n\
         <ul>\n{members}</ul>\n</section>\n"
    )
}

fn choice(person: &DemoPerson) -> String {
    let (subject, name) = (escape(&person.subject), escape(&person.name));
    let login = escape(&person.andrew_id);
    format!(
        "<li><button type=\"submit\" name=\"person\" value=\"{subject}\">\
         <span class=\"name\" dir=\"auto\">{name}</span> <span class=\"login\">{login}</span></button></li>\n"
    )
}

/// A page with a sentence on it.
pub(super) fn notice(title: &str, text: &str) -> String {
    page(title, &format!("<p>{}</p>", escape(text)))
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · development sign-in</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
}

/// Text that is safe between tags and between double quotes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let nasty = "\"><script>alert('x')</script>&";
        let person = DemoPerson {
            subject: nasty.to_owned(),
            name: nasty.to_owned(),
            andrew_id: nasty.to_owned(),
            email: nasty.to_owned(),
            description: nasty.to_owned(),
        };
        let html = pick(&[person], &[("state", nasty)]) + &notice(nasty, nasty);
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("\"\">"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"));
    }

    #[test]
    fn people_with_the_same_description_stand_together() {
        let person = |subject: &str, description: &str| DemoPerson {
            subject: subject.to_owned(),
            name: format!("Name {subject}"),
            andrew_id: subject.to_owned(),
            email: format!("{subject}@example.org"),
            description: description.to_owned(),
        };
        let people = [person("a", "Chair"), person("b", "Member"), person("c", "Chair")];
        let html = pick(&people, &[]);
        assert_eq!(html.matches("<h2").count(), 2);
        let place = |text: &str| html.find(text).expect(text);
        assert!(place("Name a") < place("Name c"));
        assert!(place("Name c") < place("Name b"));
    }
}
