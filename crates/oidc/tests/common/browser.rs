//! A browser just good enough to sign in with: cookies per host, redirects one at a time.

use std::collections::{BTreeMap, HashMap};

use openidconnect::http::{HeaderMap, StatusCode, header};
use openidconnect::reqwest::{Client, RequestBuilder, redirect::Policy};
use plenum_ports::identity::CallbackParameters;
use url::Url;

pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// Where this page sends the browser.
    pub(crate) fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().expect("text");
        Some(self.url.join(location).expect("an address"))
    }
}

pub(crate) struct Browser {
    client: Client,
    jar: HashMap<String, BTreeMap<String, String>>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().expect("client");
        let jar = HashMap::new();
        Self { client, jar }
    }

    pub(crate) async fn get(&mut self, url: &str) -> Page {
        self.send(url, self.client.get(url)).await
    }

    pub(crate) async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        self.send(url, self.client.post(url).form(fields)).await
    }

    /// Follows redirects until one leads to `target`; that address is not asked but returned.
    pub(crate) async fn follow(&mut self, mut page: Page, target: &str) -> Url {
        for _ in 0..10 {
            let next = page
                .location()
                .unwrap_or_else(|| panic!("{} {} leads nowhere: {}", page.status, page.url, page.body));
            if next.as_str().starts_with(target) {
                return next;
            }
            page = self.get(next.as_str()).await;
        }
        panic!("redirects without an end");
    }

    async fn send(&mut self, url: &str, request: RequestBuilder) -> Page {
        let url = Url::parse(url).expect("an address");
        let jar = self.jar.entry(url.authority().to_owned()).or_default();
        let cookies: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(header::COOKIE, cookies.join("; ")).send().await.expect("an answer");
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let pair = cookie.split(';').next().expect("a first part");
            let (name, value) = pair.split_once('=').expect("name and value");
            if value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            url,
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.expect("text"),
        }
    }
}

/// What the callback would hand to the adapter.
pub(crate) fn callback(url: &Url) -> CallbackParameters {
    let find = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    CallbackParameters {
        code: find("code"),
        state: find("state"),
        iss: find("iss"),
        error: find("error"),
        error_description: find("error_description"),
    }
}
