//! Which folders have to be watched so that nothing that can change the meaning of a name goes unseen.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Links that a name may go through, as in the kernel's own walk.
const MOST_LINKS: usize = 40;

/// The folder entries that a name depends on: itself, each symbolic link on the way and what it points to, or the first
/// part of the way that is not there. Each is a name in a folder that exists and is no link: the folder to watch.
pub fn watch_points(path: &Path) -> Vec<PathBuf> {
    let Ok(absolute) = std::path::absolute(path) else { return Vec::new() };
    let mut rest: VecDeque<OsString> = parts(&absolute);
    let (mut real, mut points, mut links) = (PathBuf::from("/"), Vec::new(), 0);
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            real.pop();
            continue;
        }
        let entry = real.join(&part);
        let kind = fs::symlink_metadata(&entry).map(|metadata| metadata.file_type());
        match kind {
            Ok(kind) if kind.is_symlink() && links < MOST_LINKS => {
                links += 1;
                let Ok(target) = fs::read_link(&entry) else { break };
                points.push(entry);
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            }
            Ok(kind) if kind.is_dir() && !rest.is_empty() => real = entry,
            _ => {
                points.push(entry);
                break;
            }
        }
    }
    points
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

/// The folders in which a new match of a glob can appear, as far as they are there now.
pub fn glob_folders(pattern: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut before = PathBuf::new();
    for component in Path::new(pattern).components() {
        let part = component.as_os_str().to_string_lossy();
        if part.contains(['*', '?', '[']) {
            let folder = if before.as_os_str().is_empty() { Path::new(".") } else { &before };
            match glob::glob(&folder.to_string_lossy()) {
                Ok(matches) => folders.extend(matches.flatten().filter(|path| path.is_dir())),
                Err(_) => break,
            }
        }
        before.push(component);
    }
    folders
}

/// Whether the file system of this folder tells of every change in it: one that other machines write to does not.
#[cfg(target_os = "linux")]
pub fn tells_of_changes(folder: &Path) -> bool {
    /// From `linux/magic.h`, and those of shares (CIFS, SMB2, 9P, virtual machines), of FUSE, and of what the kernel makes up.
    const SILENT: [u64; 10] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB2
        0x6573_5546, // FUSE
        0x0102_1997, // 9P
        0x786f_4256, // VirtualBox
        0x00c3_6400, // Ceph
        0x9fa0,      // proc
        0x6265_6572, // sysfs
    ];
    // A folder that cannot be asked is found out when it is watched.
    rustix::fs::statfs(folder).map_or(true, |statfs| !SILENT.contains(&(statfs.f_type as u64 & 0xffff_ffff)))
}

/// Whether the file system of this folder tells of every change in it: taken for granted on this system.
#[cfg(not(target_os = "linux"))]
pub fn tells_of_changes(_folder: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_on_the_way_are_watched_and_so_is_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("v1/logs")).unwrap();
        symlink("v1", root.join("current")).unwrap();
        symlink(root.join("current/logs/a.log"), root.join("a")).unwrap();
        fs::write(root.join("v1/logs/a.log"), "").unwrap();
        let names = ["a", "current", "v1/logs/a.log"].map(|name| root.join(name));
        assert_eq!(watch_points(&root.join("a")), names);
        assert_eq!(watch_points(&root.join("v1/../v1/logs/a.log")), [root.join("v1/logs/a.log")]);
        assert_eq!(watch_points(&root.join("not/there/a.log")), [root.join("not")]);
        symlink("loop", root.join("loop")).unwrap();
        assert!(watch_points(&root.join("loop")).len() <= MOST_LINKS + 1);
    }

    #[test]
    fn the_folders_of_a_glob_are_those_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let pattern = format!("{}/*/x*.log", folder.path().display());
        let expected = [folder.path().to_owned(), folder.path().join("a"), folder.path().join("b")];
        assert_eq!(glob_folders(&pattern), expected);
    }
}
