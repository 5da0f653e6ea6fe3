//! Keyset pages: a token holds the last row's key and a fingerprint of the query, so that it cannot be used with another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, Reason};

/// Rows on a page when the caller names no size.
pub const DEFAULT_SIZE: u64 = 50;
/// Rows on a page at the most; a larger wish is capped.
pub const MAX_SIZE: u64 = 200;
const VERSION: u8 = 1;

/// What a list call asked for.
#[derive(Debug)]
pub struct Page<K> {
    /// How many rows the answer holds at the most. Fetch one more, and hand all to [`Page::close`].
    pub size: u64,
    /// The key of the last row before this page; none for the first page.
    pub after: Option<K>,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Token<K> {
    v: u8,
    q: String,
    k: K,
}

impl<K: Serialize + DeserializeOwned> Page<K> {
    /// Reads what a list call asked for. `query` is all that shapes the list but size and token: the RPC's name, the
    /// partnership, the filter, the order.
    ///
    /// # Errors
    ///
    /// `PAGE_TOKEN_INVALID` for a token that is broken, of another version or of another query.
    pub fn open(page_size: i32, page_token: &str, query: &impl Serialize) -> Result<Self, Failure> {
        let size = match u64::try_from(page_size) {
            Ok(0) | Err(_) => DEFAULT_SIZE,
            Ok(wished) => wished.min(MAX_SIZE),
        };
        let fingerprint = fingerprint_of(query)?;
        let after = if page_token.is_empty() { None } else { Some(read_token(page_token, &fingerprint)?) };
        Ok(Self { size, after, fingerprint })
    }

    /// Cuts `rows` (up to one more than [`Page::size`]) to the page, and answers the token of the next one, empty on the last.
    ///
    /// # Errors
    ///
    /// `INTERNAL` when the key cannot be encoded.
    pub fn close<T>(&self, rows: Vec<T>, key_of: impl Fn(&T) -> K) -> Result<(Vec<T>, String), Failure> {
        self.close_at(rows, key_of, None)
    }

    /// The same for rows of which there may be more: whoever looked for them broke off behind the row with this key.
    ///
    /// # Errors
    ///
    /// `INTERNAL` when the key cannot be encoded.
    pub fn close_at<T>(
        &self,
        mut rows: Vec<T>,
        key_of: impl Fn(&T) -> K,
        broken_off: Option<K>,
    ) -> Result<(Vec<T>, String), Failure> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let last = if rows.len() > size {
            rows.truncate(size);
            rows.last().map(key_of)
        } else {
            broken_off
        };
        let Some(k) = last else { return Ok((rows, String::new())) };
        let token = Token { v: VERSION, q: self.fingerprint.clone(), k };
        let token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token)?);
        Ok((rows, token))
    }
}

fn fingerprint_of(query: &impl Serialize) -> Result<String, Failure> {
    let digest = Sha256::digest(serde_json::to_vec(query)?);
    Ok(URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or(&digest)))
}

fn read_token<K: DeserializeOwned>(token: &str, fingerprint: &str) -> Result<K, Failure> {
    let refused = |message: &str| Failure::new(Reason::PageTokenInvalid, message);
    let broken = || refused("The page token is broken; begin again without one.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|error| broken().because(error))?;
    // No key that we wrote holds this; PostgreSQL could not compare with it.
    if String::from_utf8_lossy(&bytes).contains("\\u0000") {
        return Err(broken());
    }
    let token: Token<serde_json::Value> = serde_json::from_slice(&bytes).map_err(|error| broken().because(error))?;
    if token.v != VERSION {
        return Err(refused("The page token is of another version; begin again without one."));
    }
    if token.q != fingerprint {
        return Err(refused(
            "The page token belongs to another query; keep the filter and the path as they were, or begin again without one.",
        ));
    }
    serde_json::from_value(token.k).map_err(|error| broken().because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_on_and_belongs_to_its_query() {
        let page = Page::<u32>::open(2, "", &("list", "a")).expect("a first page");
        let (rows, token) = page.close(vec![10, 20, 30], |row| *row).expect("a page");
        assert_eq!(rows, [10, 20]);
        let next = Page::<u32>::open(2, &token, &("list", "a")).expect("the next page");
        assert_eq!(next.after, Some(20));
        let other = Page::<u32>::open(2, &token, &("list", "b")).expect_err("another query");
        assert_eq!(other.reason(), Reason::PageTokenInvalid);
        assert!(Page::<u32>::open(2, "%%%", &"x").is_err());
        assert!(Page::<String>::open(2, &token, &("list", "a")).is_err(), "a key of another type");
    }

    #[test]
    fn a_page_that_was_broken_off_leads_on_from_there() {
        let page = Page::<u32>::open(2, "", &"x").expect("a first page");
        let next = |rows: Vec<u32>, broken_off| {
            let (rows, token) = page.close_at(rows, |row| *row, broken_off).expect("a page");
            let after = (!token.is_empty()).then(|| Page::<u32>::open(2, &token, &"x").expect("the next page").after);
            (rows, after.flatten())
        };
        assert_eq!(next(vec![], Some(7)), (vec![], Some(7)), "nothing fitted so far");
        assert_eq!(next(vec![1], Some(7)), (vec![1], Some(7)));
        assert_eq!(next(vec![1, 2, 3], Some(7)), (vec![1, 2], Some(2)), "3 is still to come");
        assert_eq!(next(vec![1], None), (vec![1], None));
    }

    #[test]
    fn sizes_are_defaulted_and_capped() {
        assert_eq!(Page::<u32>::open(0, "", &"x").expect("a page").size, DEFAULT_SIZE);
        assert_eq!(Page::<u32>::open(100_000, "", &"x").expect("a page").size, MAX_SIZE);
    }
}
