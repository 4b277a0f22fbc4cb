//! Where on the disk batches of a destination are kept, and how many.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{directory::Directory, private};
use crate::export::StartError;

/// Processes that may keep batches for one destination at once.
const MOST: u32 = 1024;

/// What the user has said.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    /// For each destination.
    pub(crate) bytes: u64,
}

impl Place {
    pub(in crate::export) fn unusable(&self, error: &io::Error) -> StartError {
        StartError::Spool { directory: self.directory.clone(), reason: error.to_string() }
    }
}

/// All directories of one destination: one per process that uses them at once.
#[derive(Debug)]
pub(super) struct Shelves {
    path: PathBuf,
    own: u32,
}

impl Shelves {
    /// Those of the destination with this name, and the first of them that nobody uses.
    pub(super) fn claim(directory: &Path, destination: &str) -> io::Result<(Self, Directory)> {
        let path = directory.join(format!("{:016x}", hash(destination)));
        private::create_directory(&path)?;
        for own in 0..MOST {
            if let Some(claimed) = Directory::claim(path.join(own.to_string()))? {
                return Ok((Self { path, own }, claimed));
            }
        }
        Err(io::Error::other(format!("{MOST} processes use it already")))
    }

    /// Directories of processes that are no more, as far as we may enter them.
    pub(super) fn left(&self) -> io::Result<Vec<Directory>> {
        let mut numbers = Vec::new();
        for file in fs::read_dir(&self.path)? {
            numbers.extend(file?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        numbers.retain(|number| *number != self.own);
        numbers.sort_unstable();
        let claim = |number: u32| Directory::claim(self.path.join(number.to_string())).ok().flatten();
        Ok(numbers.into_iter().filter_map(claim).collect())
    }
}

/// FNV-1a: the same in every version of every compiler, so that the next process finds what this one has kept.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_others_compute() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
