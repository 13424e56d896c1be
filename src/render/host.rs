//! Keeps what is shown from being an order to the build host that reads it.
//!
//! Hosts read commands out of a program's output: GitHub a line that begins with `::`, GitHub and Azure Pipelines
//! `##[` and `##vso[` wherever they stand, TeamCity `##teamcity[`. A tag or a message of a vendor must be none. The
//! second sign, or the first colon, is written as JSON escapes it, so that JSON stays what it says. GitLab's sections
//! need control characters, which are never shown as they are.

/// What stands for `#` and `:`.
const HASH: &[u8] = b"\\u0023";
const COLON: &[u8] = b"\\u003a";

/// Where a text is in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing but white space and colours stands before.
    Start,
    /// Within the escape sequence of a colour, at the line's beginning.
    Colour,
    /// One colon stands before, which is held back.
    Colon,
    /// Behind something else.
    Inside,
}

/// Takes text piece by piece and gives it without commands.
#[derive(Debug)]
pub struct Escape {
    place: Place,
    /// How many `#` stand before, of which the last is held back where there are two.
    hashes: usize,
}

impl Default for Escape {
    fn default() -> Self {
        Self { place: Place::Start, hashes: 0 }
    }
}

impl Escape {
    /// The next bytes; the last one or two are held back where they may begin a command.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            self.take(*byte, out);
        }
    }

    /// The end of the text: what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.place == Place::Colon {
            out.push(b':');
        }
        if self.hashes > 1 {
            out.push(b'#');
        }
        *self = Self::default();
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        let is_command = self.hashes > 1 && (byte == b'[' || byte.is_ascii_alphabetic());
        if self.hashes > 1 {
            out.extend_from_slice(if is_command { HASH } else { b"#" });
        }
        self.hashes = if byte == b'#' { self.hashes + 1 } else { 0 };
        if self.hashes > 1 {
            return;
        }
        let held = self.place == Place::Colon;
        self.place = self.place.after(byte);
        match (held, byte) {
            (true, b':') => out.extend_from_slice(&[COLON, b":"].concat()),
            (true, _) => out.extend_from_slice(&[b':', byte]),
            (false, _) if self.place == Place::Colon => {}
            (false, _) => out.push(byte),
        }
    }
}

impl Place {
    const fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'\n' | b'\r') => Self::Start,
            (Self::Start, 0x1b) => Self::Colour,
            // Some hosts trim every white space of Unicode: whatever is not ASCII may be one.
            (Self::Colour, b'm') | (Self::Start, b' ' | b'\t' | 0x80..) => Self::Start,
            (Self::Colour, _) => Self::Colour,
            (Self::Start, b':') => Self::Colon,
            (Self::Start | Self::Colon | Self::Inside, _) => Self::Inside,
        }
    }
}

/// A text without commands.
#[must_use]
pub fn escape(text: &str) -> String {
    let (mut escape, mut out) = (Escape::default(), Vec::with_capacity(text.len() + 8));
    escape.push(text.as_bytes(), &mut out);
    escape.finish(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_is_a_command_of_the_host() {
        for (text, shown) in [
            ("::stop-commands::x\n", "\\u003a:stop-commands::x\n"),
            ("a\n  ::add-mask::1", "a\n  \\u003a:add-mask::1"),
            ("\u{1b}[31m::error::x", "\u{1b}[31m\\u003a:error::x"),
            ("a ::error::x, a: b\n: c\n:\n::", "a ::error::x, a: b\n: c\n:\n\\u003a:"),
            (
                "x ##[error]x ###[y ##vso[task.complete]",
                "x #\\u0023[error]x ##\\u0023[y #\\u0023vso[task.complete]",
            ),
            ("##teamcity[x] ## title\n### title ##", "#\\u0023teamcity[x] ## title\n### title ##"),
            ("\r::x", "\r\\u003a:x"),
            ("\u{3000}::x", "\u{3000}\\u003a:x"),
            ("喜爱 # ## a", "喜爱 # ## a"),
        ] {
            assert_eq!(escape(text), shown);
            let (mut escape, mut out) = (Escape::default(), Vec::new());
            text.as_bytes().iter().for_each(|byte| escape.push(&[*byte], &mut out));
            escape.finish(&mut out);
            assert_eq!(String::from_utf8(out).expect("UTF-8"), shown, "byte by byte");
        }
    }

    #[test]
    fn json_says_what_it_said() {
        let value = serde_json::json!({"tag": "##[add-mask]x ##vso[y]", "::x": "::x"});
        for text in [value.to_string(), format!("{value:#}")] {
            let read: serde_json::Value = serde_json::from_str(&escape(&text)).expect("JSON");
            assert_eq!(read, value);
            assert!(!escape(&text).contains("##["), "{}", escape(&text));
        }
    }
}
