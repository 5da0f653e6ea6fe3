//! Numbers and parts of a file, [`Unfit::Broken`] where it ends too early.

use crate::Unfit;

/// `length` bytes from `start` on.
pub(crate) fn part(bytes: &[u8], start: usize, length: usize) -> Result<&[u8], Unfit> {
    let end = start.checked_add(length).ok_or(Unfit::Broken)?;
    bytes.get(start..end).ok_or(Unfit::Broken)
}

/// `N` bytes from `start` on.
pub(crate) fn array<const N: usize>(bytes: &[u8], start: usize) -> Result<[u8; N], Unfit> {
    part(bytes, start, N)?.try_into().map_err(|_| Unfit::Broken)
}

/// One byte.
pub(crate) fn byte(bytes: &[u8], at: usize) -> Result<u8, Unfit> {
    bytes.get(at).copied().ok_or(Unfit::Broken)
}

/// A file's own length, as a place in memory.
pub(crate) fn size(length: u32) -> Result<usize, Unfit> {
    usize::try_from(length).map_err(|_| Unfit::Broken)
}
