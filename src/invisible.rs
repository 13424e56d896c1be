//! The one definition of a character that nobody sees: what is shown escapes it, what is laid out quotes it, and
//! names that hold one are doubtful.
//!
//! Spaces are not among them. What a vendor takes is not said here.

/// Whether a character leaves no trace where it is shown, ends a line, moves a cursor or turns the direction of what
/// stands around it: Unicode's control and format characters, separators of lines and paragraphs, whatever is
/// `Default_Ignorable_Code_Point` (joiners, variation selectors, fillers, tags), and what is no character at all.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first character of a text that nobody sees.
#[must_use]
pub fn first_invisible(text: &str) -> Option<char> {
    // Millions of texts are asked about, and nearly all of them are plain ASCII.
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return None;
    }
    text.chars().find(|c| is_invisible(*c))
}

/// The text with everything escaped that nobody sees.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_invisible_and_what_is_seen_is_not() {
        for c in "\0\n\u{7f}\u{85}\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{202e}\u{2060}\u{3164}\u{fe0f}\u{feff}\u{e0041}".chars() {
            assert!(is_invisible(c), "U+{:04X}", u32::from(c));
        }
        for c in " a~é汉：，“\u{a0}\u{3000}\u{fffd}😀\u{301}".chars() {
            assert!(!is_invisible(c), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn a_text_is_shown_with_all_that_is_in_it() {
        assert_eq!(visible("a\u{1b}[2K\n\u{200b}汉"), "a\\u{1b}[2K\\n\\u{200b}汉");
        assert_eq!(first_invisible("vip 汉"), None);
        assert_eq!(first_invisible("vip\u{ad}"), Some('\u{ad}'));
    }
}
