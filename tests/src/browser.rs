//! A browser just good enough to sign in with: cookies per host, redirects one at a time.

use std::collections::{BTreeMap, HashMap};

use openidconnect::http::{Method, header};
use openidconnect::reqwest::{self, RequestBuilder, redirect::Policy};
use serde_json::Value;
use url::Url;

use crate::answer::Answer;

const MOST_REDIRECTS: usize = 10;

/// An answer, and where it came from.
#[derive(Clone, Debug)]
pub struct Page {
    /// The address that was asked.
    pub url: Url,
    /// What came back.
    pub answer: Answer,
}

impl Page {
    /// Where this page sends the browser.
    pub fn location(&self) -> Option<Url> {
        self.raw_location().and_then(|location| self.url.join(&location).ok())
    }

    /// The same as it stands in the header.
    pub fn raw_location(&self) -> Option<String> {
        let bytes = self.answer.headers.get(header::LOCATION)?.as_bytes();
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The `Set-Cookie` line of a cookie.
    pub fn set_cookie(&self, name: &str) -> Option<String> {
        let lines = self.answer.headers.get_all(header::SET_COOKIE).iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        lines.map(str::to_owned).find(|line| line.split('=').next() == Some(name))
    }
}

/// A browser with its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    client: reqwest::Client,
    /// Cookies by the authority that set them.
    jar: HashMap<String, BTreeMap<String, String>>,
    home: Url,
}

impl Browser {
    /// The cookie of somebody who is signed in.
    pub const SIGNED_IN: &'static str = "__Host-plenum";
    /// The cookie of a sign-in under way.
    pub const SIGNING_IN: &'static str = "__Host-plenum-login";

    pub(crate) fn new(home: &str) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        let home = Url::parse(home).expect("an address");
        Self { client: client.expect("a client"), jar: HashMap::new(), home }
    }

    /// The value of a cookie of the server.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(self.home.authority())?.get(name).map(String::as_str)
    }

    /// Puts a cookie of the server there, as somebody does who stole it.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        let jar = self.jar.entry(self.home.authority().to_owned()).or_default();
        jar.insert(name.to_owned(), value.to_owned());
    }

    /// Opens an address; a path is one on the server.
    pub async fn get(&mut self, address: &str) -> Page {
        let url = self.home.join(address).expect("an address");
        let request = self.client.get(url.clone());
        self.send(url, request).await
    }

    /// Sends a form from a page of the same site.
    pub async fn submit(&mut self, url: &Url, fields: &[(&str, &str)]) -> Page {
        let origin = url.origin().ascii_serialization();
        let request = self.client.post(url.clone()).header(header::ORIGIN, origin).form(fields);
        self.send(url.clone(), request).await
    }

    /// Any request to the server with these headers.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Page {
        let url = self.home.join(path).expect("an address");
        let mut request = self.client.request(method, url.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        self.send(url, request).await
    }

    /// A POST from a page of the server.
    pub async fn post(&mut self, path: &str, body: &Value) -> Page {
        self.request(Method::POST, path, &[("sec-fetch-site", "same-origin")], Some(body)).await
    }

    /// Goes to the provider and picks a person there; the address it sends the browser back to is
    /// returned and not yet opened.
    pub async fn go_and_pick(&mut self, next: &str, subject: &str) -> Url {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        let page = self.get(&format!("/auth/login?{query}")).await;
        let page = match self.follow(page).await {
            Ok(page) => page,
            // The provider knows who is there.
            Err(back) => return back,
        };
        assert_eq!(page.answer.status, 200, "{}", page.answer);
        let fields = hidden_fields(&page.answer.body);
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("person", subject));
        let action = action(&page);
        let page = self.submit(&action, &fields).await;
        match self.follow(page).await {
            Ok(page) => panic!("the provider does not send the browser back: {}", page.answer),
            Err(back) => back,
        }
    }

    /// Follows redirects to a page, or up to the one that leads back to the server.
    async fn follow(&mut self, mut page: Page) -> Result<Page, Url> {
        for _ in 0..MOST_REDIRECTS {
            match page.location() {
                None => return Ok(page),
                Some(back) if back.authority() == self.home.authority() => return Err(back),
                Some(target) => page = self.get(target.as_str()).await,
            }
        }
        panic!("redirects without an end: {}", page.answer);
    }

    /// Signs in through the provider and comes back.
    pub async fn sign_in(&mut self, subject: &str) -> Page {
        let back = self.go_and_pick("/", subject).await;
        let page = self.get(back.as_str()).await;
        assert_eq!(page.answer.status, 303, "{}", page.answer);
        assert!(self.cookie(Self::SIGNED_IN).is_some(), "{:?}", page.answer.headers);
        page
    }

    async fn send(&mut self, url: Url, request: RequestBuilder) -> Page {
        let jar = self.jar.entry(url.authority().to_owned()).or_default();
        let cookies: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) };
        let request = request.build().expect("a request");
        let shown = format!("{} {}", request.method(), request.url());
        let response = self.client.execute(request).await;
        let response = response.unwrap_or_else(|error| panic!("{shown} had no answer: {error}"));
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("name and value");
            let gone = value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0");
            if gone {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Page { url, answer: Answer::read(shown, response).await }
    }
}

/// Where the form of a page goes.
fn action(page: &Page) -> Url {
    let target = page.answer.body.split("<form").nth(1).and_then(|form| form.split('>').next());
    let target = target.and_then(|tag| tag.split("action=\"").nth(1)).and_then(|rest| rest.split('"').next());
    target.map_or_else(|| page.url.clone(), |target| page.url.join(target).expect("an address"))
}

/// The hidden fields of the form of a page.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
    };
    page.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}
