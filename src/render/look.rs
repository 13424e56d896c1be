//! How something is to look: how wide, with or without colours, in whose time.
//!
//! Whether there is a terminal is the caller's business. Colours only repeat what signs and words already say.

use anstyle::{AnsiColor, Style};

use crate::timestamp::Zone;

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text alone.
    Plain,
    /// With ANSI codes.
    Colour,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it stands.
    Plain,
    /// Important.
    Strong,
    /// Beside the point.
    Faint,
    /// Comes.
    Add,
    /// Goes.
    Remove,
    /// Becomes different.
    Change,
    /// The part of a text that goes.
    Old,
    /// The part of a text that comes.
    New,
    /// An error's word.
    Error,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Add => AnsiColor::Green.on_default(),
            Self::Remove => AnsiColor::Red.on_default(),
            Self::Change => AnsiColor::Yellow.on_default(),
            Self::Old => AnsiColor::Red.on_default().underline(),
            Self::New => AnsiColor::Green.on_default().underline(),
            Self::Error => AnsiColor::Red.on_default().bold(),
        }
    }
}

impl Paint {
    /// The text in the tone's colour, if colours are wanted.
    #[must_use]
    pub fn tone(self, tone: Tone, text: &str) -> String {
        match (self, tone) {
            (Self::Plain, _) | (Self::Colour, Tone::Plain) => text.to_owned(),
            (Self::Colour, tone) => {
                let style = tone.style();
                format!("{}{text}{}", style.render(), style.render_reset())
            }
        }
    }
}

/// How something is to look.
#[derive(Clone, Debug)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Colours.
    pub paint: Paint,
    /// In whose time moments are shown.
    pub zone: Zone,
}

/// Columns where nobody says how many there are: a file, a pipe, a build log.
pub const WIDTH_DEFAULT: usize = 100;
/// Fewer columns than this are treated as this: an id and its sign need them.
pub const WIDTH_MIN: usize = 40;

impl Look {
    /// No colours, [`WIDTH_DEFAULT`] columns.
    #[must_use]
    pub const fn plain(zone: Zone) -> Self {
        Self { width: WIDTH_DEFAULT, paint: Paint::Plain, zone }
    }

    /// The same, this wide.
    #[must_use]
    pub fn wide(mut self, width: usize) -> Self {
        self.width = width.max(WIDTH_MIN);
        self
    }

    /// The same, with or without colours.
    #[must_use]
    pub const fn paint(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }
}
