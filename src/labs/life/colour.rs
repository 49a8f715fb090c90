//! What the colours of living cells tell.

/// What the colours of living cells tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// How long each has lived, as far as was seen.
    #[default]
    Age,
    /// How often each has changed in the generations seen lately.
    Activity,
    /// Which worker stepped it.
    Worker,
}

impl Colour {
    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Age => Self::Activity,
            Self::Activity => Self::Worker,
            Self::Worker => Self::Age,
        }
    }

    /// Its name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Activity => "activity",
            Self::Worker => "worker",
        }
    }
}
