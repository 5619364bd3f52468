//! What can be told of the looks without a browser: that everything written can be read, in every colour, in
//! light and dark.

use std::collections::HashMap;

use plenum_domain::organization::Accent;

const STYLE: &str = include_str!("../../../assets/plenum.css");

type Colours = HashMap<String, [u8; 3]>;

/// The colours that rules with one of these selectors set; later rules go before.
fn colours(selectors: &[&str]) -> Colours {
    let mut found = Colours::new();
    // Media queries are left out: what they hold is held against its twin.
    for rule in STYLE.split('}') {
        let Some((before, body)) = rule.rsplit_once('{') else { continue };
        let before = before.rsplit(['}', '{']).next().unwrap_or_default();
        let before = before.rsplit("*/").next().unwrap_or_default();
        let own = before.split(',').map(str::trim);
        if !own.into_iter().any(|selector| selectors.contains(&selector)) {
            continue;
        }
        for (name, value) in body.split(';').filter_map(|line| line.split_once(':')) {
            if let Some(colour) = colour(value) {
                found.insert(name.trim().to_owned(), colour);
            }
        }
    }
    found
}

fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let long: String = digits.chars().flat_map(|digit| [digit, digit]).collect();
    match digits.len() {
        6 => Some([part(0)?, part(2)?, part(4)?]),
        3 => colour(&format!("#{long}")),
        _ => None,
    }
}

/// The contrast of two colours as WCAG 2.2 defines it, 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn the_contrast_is_that_of_the_standard() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
    assert!((contrast([255; 3], [0x76; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn every_colour_can_be_read_in_light_and_dark() {
    for accent in Accent::ALL {
        let own = format!(".accent-{}", accent.as_str());
        let dark_own = format!(":root.dark{own}");
        for (theme, selectors) in
            [("light", vec![":root", &own]), ("dark", vec![":root", ":root.dark", &own, &dark_own])]
        {
            let colours = colours(&selectors);
            let of = |name: &str| *colours.get(name).unwrap_or_else(|| panic!("{theme} has no {name}"));
            let accent = accent.as_str();
            for (text, ground, least) in [
                ("--accent", "--sheet", 4.5),
                ("--accent", "--paper", 4.5),
                ("--accent", "--accent-bg", 4.5),
                ("--on-accent", "--accent", 4.5),
                ("--ink", "--accent-bg", 7.0),
                ("--ink", "--sheet", 7.0),
                ("--soft", "--sheet", 4.5),
                ("--soft", "--paper", 4.5),
                ("--soft", "--accent-bg", 4.5),
                ("--bad", "--bad-bg", 4.5),
                ("--bad", "--sheet", 4.5),
                ("--good", "--good-bg", 4.5),
                ("--good", "--sheet", 4.5),
                ("--warn", "--warn-bg", 4.5),
                ("--ink", "--warn-bg", 7.0),
                ("--field", "--sheet", 3.0),
            ] {
                let found = contrast(of(text), of(ground));
                assert!(found >= least, "{text} on {ground} of {accent}, {theme}: {found:.2}");
            }
        }
    }
}

#[test]
fn the_parts_of_drawings_stand_out() {
    for (theme, root, part) in [("light", ":root", ""), ("dark", ":root.dark", ":root.dark ")] {
        let sheet = colours(&[":root", root])["--sheet"];
        for at in 1..=super::super::rounds::LAST_COLOUR {
            let class = format!(".part-{at}");
            let themed = format!("{part}.part-{at}");
            let fill = colours(&[&class, &themed])["fill"];
            let found = contrast(fill, sheet);
            assert!(found >= 3.0, "part {at} on a card, {theme}: {found:.2}");
        }
    }
}

/// What the device wants and what somebody chose are the same dark.
#[test]
fn dark_is_dark_however_it_was_chosen() {
    let dark = |text: &str| {
        let rules = STYLE.lines().filter(|line| line.trim().starts_with(text));
        rules.filter_map(|line| line.split_once('{')).map(|(_, body)| body.to_owned()).collect::<Vec<_>>()
    };
    let (device, chosen) = (dark(":root:not(.light).accent-"), dark(":root.dark.accent-"));
    assert_eq!(device.len(), Accent::ALL.len());
    assert_eq!(device, chosen);
}
