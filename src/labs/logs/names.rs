//! Short names for files: as much of the end of each path as tells it from the others.

use std::collections::HashMap;

/// The shortest ends of these paths, in whole parts, that differ; equal paths stay equal.
pub fn short_names<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let paths: Vec<Vec<&str>> = paths.map(|path| path.split('/').filter(|part| !part.is_empty()).collect()).collect();
    let mut lengths: Vec<usize> = vec![1; paths.len()];
    let end = |index: usize, length: usize| {
        let parts = &paths[index];
        parts[parts.len().saturating_sub(length)..].join("/")
    };
    loop {
        let mut same: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, length) in lengths.iter().enumerate() {
            same.entry(end(index, *length)).or_default().push(index);
        }
        let mut longer = false;
        for index in same.into_values().filter(|together| together.len() > 1).flatten() {
            if lengths[index] < paths[index].len() {
                lengths[index] += 1;
                longer = true;
            }
        }
        if !longer {
            return lengths.iter().enumerate().map(|(index, length)| end(index, *length)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_long_as_they_must_be() {
        let short = |paths: &[&str]| short_names(paths.iter().copied());
        assert_eq!(short(&["/var/log/a.log", "/var/log/b.log"]), ["a.log", "b.log"]);
        assert_eq!(short(&["/x/a/app.log", "/x/b/app.log", "c.log"]), ["a/app.log", "b/app.log", "c.log"]);
        assert_eq!(short(&["-", "a.log", "a.log"]), ["-", "a.log", "a.log"]);
    }
}
