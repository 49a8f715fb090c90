//! How the dashboard looks: theme, colours, characters.

use std::path::Path;

use crate::app::config::Config;
use crate::app::options::Screenful;
use crate::labs::headless::Failure;
use crate::ui::palette::Palette;
use crate::ui::theme::Depth;
use crate::ui::{Theme, theme_file};

/// How the dashboard looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme's name.
    pub theme: String,
    /// The user's own theme, by the name of its file.
    pub own: Option<(String, Palette)>,
    /// How many colours the terminal shows.
    pub depth: Depth,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

impl Look {
    /// A shipped theme in all colours.
    pub fn shipped(theme: &str) -> Self {
        Self { theme: theme.to_owned(), own: None, depth: Depth::True, ascii: false }
    }

    /// What the command line says, else the configuration, and what the environment says of the terminal. A theme's file
    /// that the configuration names lies beside it.
    pub fn chosen(options: &Screenful, config: &Config) -> Result<Self, Failure> {
        let depth = Depth::from_environment(|name| std::env::var(name).ok());
        let ascii = options.ascii || config.ascii.unwrap_or(false);
        let theme = options.theme.clone().or_else(|| config.theme.clone()).unwrap_or_else(|| "dark".to_owned());
        let mut look = Self { theme, own: None, depth, ascii };
        let is_file = Path::new(&look.theme).extension().is_some_and(|ending| ending == "toml");
        if is_file {
            let folder = config.folder.as_deref().filter(|_| options.theme.is_none()).unwrap_or(Path::new(""));
            look.own = Some((look.theme.clone(), theme_file::read(&folder.join(&look.theme))?));
        } else if let Err(error) = Theme::named(&look.theme, depth, ascii) {
            return Err(match options.theme {
                Some(_) => Failure::Usage(format!("--theme: {error}")),
                None => Failure::from(error),
            });
        }
        Ok(look)
    }

    /// The theme as it is drawn.
    pub fn theme(&self) -> Theme {
        match &self.own {
            Some((name, palette)) if *name == self.theme => Theme::of(palette, self.depth, self.ascii),
            _ => Theme::named(&self.theme, self.depth, self.ascii)
                .unwrap_or_else(|_| Theme::dark(self.depth, self.ascii)),
        }
    }

    /// Takes the next theme: the shipped ones in their order, then the user's own.
    pub fn next_theme(&mut self) {
        let own = self.own.as_ref().map(|(name, _)| name.as_str());
        let last = Theme::after(&self.theme) == Theme::FIRST;
        let next = own.filter(|own| last && *own != self.theme).unwrap_or_else(|| Theme::after(&self.theme));
        self.theme = next.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_follow_one_another_and_ones_own_comes_last() {
        let mut look = Look::shipped("dark");
        let seen = |look: &mut Look, count: usize| -> Vec<String> {
            let next = |_| {
                look.next_theme();
                look.theme.clone()
            };
            (0..count).map(next).collect()
        };
        assert_eq!(seen(&mut look, 3), ["light", "presenter", "dark"]);
        look.own = Some(("mine.toml".to_owned(), Theme::palette("light").unwrap()));
        assert_eq!(seen(&mut look, 4), ["light", "presenter", "mine.toml", "dark"]);
        look.theme = "mine.toml".to_owned();
        assert_eq!(look.theme(), Theme::named("light", Depth::True, false).unwrap());
    }
}
