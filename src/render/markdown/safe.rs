//! Text of strangers inside Markdown: whatever a name contains, none of it becomes a link, a mention, a tag or
//! the end of what it stands in.
//!
//! Entities rather than backslashes: they hold inside HTML as well, where Markdown is not read.

/// Stands between two characters that would mean something together, and cannot be seen.
const APART: char = '\u{200b}';

/// A sentence in which no tag, entity, link, mention or emphasis is left; what stands between backticks is code.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks has one without a partner, and then none is taken for a mark.
    if parts.len().is_multiple_of(2) {
        return words(text);
    }
    let part = |(at, part): (usize, &&str)| if at % 2 == 0 { words(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Text as code, inside HTML too.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", words(text))
}

fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Within a word a low line means nothing, and `tag_batch` stays readable where Markdown is not rendered.
        let is_inner = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        before = c;
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // A mention or a number of an issue is looked for after entities are read.
            '@' | '#' => {
                out.push(c);
                out.push(APART);
            }
            '_' if is_inner => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' | '$' => {
                out.push_str("&#");
                out.push_str(&u32::from(c).to_string());
                out.push(';');
            }
            c => out.push(c),
        }
    }
    // A bare address of the web would become a link.
    out.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.")
}

/// Text that cannot end the block of code it stands in: a line of a diff never begins with a fence, so that
/// only a run of three has to be broken.
pub(super) fn unfenced(text: &str) -> String {
    text.replace("```", "`\u{200b}`\u{200b}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_else_is_markdown() {
        assert_eq!(sentence("`a_b` is *new*, _c_"), "<code>a_b</code> is &#42;new&#42;, &#95;c&#95;");
        assert_eq!(sentence("one ` alone, @all #1"), "one &#96; alone, @\u{200b}all #\u{200b}1");
        assert_eq!(sentence("`</code><b>`"), "<code>&lt;/code&gt;&lt;b&gt;</code>");
        assert_eq!(sentence("http://b www.b"), "http:\u{200b}//b www\u{200b}.b");
    }
}
