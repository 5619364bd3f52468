//! QR codes as drawings.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use super::page::Markup;

/// How many modules of quiet the standard asks for around a code.
const QUIET: usize = 4;

/// An address as a QR code, black on white whatever the theme, for cameras; `None` when it is too long.
pub(super) fn code(address: &str, label: &str) -> Option<Markup> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok()?;
    let size = code.size + 2 * QUIET;
    let mut path = String::new();
    for (row, line) in (0..code.size).map(|row| (row, &code[row])) {
        let mut column = 0;
        while column < code.size {
            let length = line[column..code.size].iter().take_while(|module| module.value()).count();
            if length > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", column + QUIET, row + QUIET);
            }
            column += length.max(1);
        }
    }
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Some(Markup(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {size} {size}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_drawing_with_a_quiet_zone() {
        let drawn = code("https://plenum.example/join/7QK2MD", "a \"code\" <&>").expect("a code").0;
        // Version 3: 29 modules; the first finder pattern begins behind the quiet zone.
        assert!(drawn.contains("viewBox=\"0 0 37 37\"") && drawn.contains("M4 4h7v1h-7z"), "{drawn}");
        assert!(drawn.contains("aria-label=\"a &quot;code&quot; &lt;&amp;>\""), "{drawn}");
        assert!(code(&"x".repeat(5000), "").is_none());
    }
}
