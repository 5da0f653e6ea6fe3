//! What an entry's hash is made of. Whoever holds the rows can compute it anew.
//!
//! The hash is SHA-256, in lower-case hexadecimal, over these fields in this order, each as UTF-8 text behind its length in bytes (eight
//! bytes, the highest first), so that no two entries give the same bytes: chain, position, prior hash, event id, entry time, kind,
//! subject id, actor id, via, credential id, method, trace id, digest before, digest after, name digest. Ids are hyphenated and in small
//! letters, the position is decimal, the time is RFC 3339 in UTC with six digits behind the second and `Z`. What is absent is an empty
//! text. The actor's name is in the hash only as `name digest`: SHA-256 of the salt and, right behind it, the name.

use chrono::SecondsFormat;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::rows::audit_entry::Model;

/// A place in a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) chain: Uuid,
    pub(super) position: i64,
    pub(super) prior_hash: &'a str,
    pub(super) before_digest: &'a str,
}

/// The hash of an entry at a place.
pub(super) fn hash_at(entry: &Model, place: Place<'_>) -> String {
    let fields = [
        &place.chain.to_string(),
        &place.position.to_string(),
        place.prior_hash,
        &entry.event_id.to_string(),
        &entry.entry_time.to_rfc3339_opts(SecondsFormat::Micros, true),
        &entry.kind,
        &entry.subject_id.to_string(),
        &entry.actor_id,
        &entry.via,
        &entry.credential_id,
        &entry.method,
        &entry.trace_id,
        place.before_digest,
        &entry.after_digest,
        &entry.name_digest,
    ];
    let mut hasher = Sha256::new();
    for field in fields {
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        hasher.update(length.to_be_bytes());
        hasher.update(field.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// The digest of an actor's name.
pub(super) fn name_digest(salt: &str, name: &str) -> String {
    hex::encode(Sha256::new().chain_update(salt).chain_update(name).finalize())
}

/// The id of the entry that says with which entry a chain began: another one for each begin, and the same whenever it is noted.
pub(super) fn id_of_begin(first: Uuid) -> Uuid {
    let digest = Sha256::new().chain_update("chain.begun").chain_update(first.as_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(byte, from)| *byte = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The digest of a thing, whatever the order in which its fields came.
pub(super) fn digest_of(state: &Value) -> String {
    let mut text = String::new();
    write_canonical(state, &mut text);
    hex::encode(Sha256::digest(text))
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            write_all(text, ['[', ']'], items, |text, item| write_canonical(item, text));
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            write_all(text, ['{', '}'], fields, |text, (name, value)| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

fn write_all<T>(
    text: &mut String,
    [open, close]: [char; 2],
    parts: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    text.push(open);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(text, part);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry() -> Model {
        Model {
            event_id: Uuid::from_u128(1),
            entry_time: "2026-06-01T09:00:00.000001Z".parse().expect("an instant"),
            partnership_id: None,
            chain: Uuid::nil(),
            subject_id: Uuid::from_u128(2),
            kind: "action.raised".to_owned(),
            actor_id: "ann".to_owned(),
            actor_name: "Ann".to_owned(),
            via: String::new(),
            credential_id: "s1".to_owned(),
            method: "ActionService/RaiseAction".to_owned(),
            trace_id: String::new(),
            before_digest: String::new(),
            after_digest: String::new(),
            name_salt: String::new(),
            name_digest: String::new(),
            position: None,
            prior_hash: String::new(),
            hash: String::new(),
        }
    }

    const PLACE: Place<'_> = Place { chain: Uuid::nil(), position: 1, prior_hash: "", before_digest: "" };

    #[test]
    fn the_order_of_fields_does_not_matter_and_all_else_does() {
        let written = json!({"b": [1, {"y": null, "x": "\"é\""}], "a": 1.5});
        let mut text = String::new();
        write_canonical(&written, &mut text);
        assert_eq!(text, r#"{"a":1.5,"b":[1,{"x":"\"é\"","y":null}]}"#);
        assert_eq!(digest_of(&written), digest_of(&json!({"a": 1.5, "b": [1, {"x": "\"é\"", "y": null}]})));
        assert_ne!(digest_of(&written), digest_of(&json!({"a": 1.5, "b": [{"x": "\"é\"", "y": null}, 1]})));
    }

    #[test]
    fn what_moves_from_one_field_to_the_next_changes_the_hash() {
        let moved = Model { actor_id: "an".to_owned(), via: "n".to_owned(), ..entry() };
        assert_ne!(hash_at(&entry(), PLACE), hash_at(&moved, PLACE));
        assert_ne!(hash_at(&entry(), PLACE), hash_at(&entry(), Place { position: 2, ..PLACE }));
        assert_ne!(hash_at(&entry(), PLACE), hash_at(&entry(), Place { prior_hash: "00", ..PLACE }));
    }

    /// Computed by another program over the documented bytes; a change of it breaks every chain that there is.
    #[test]
    fn the_hash_is_the_documented_one() {
        assert_eq!(hash_at(&entry(), PLACE), "65873154d45e8e6642e15a06a4220388762b560c09fc14e3a248b2d1d70d921a");
        assert_eq!(name_digest("salt", "Ann"), "fac219499c0c67830baba48b3df2d0ed3bed3774a2a27f87fef8607cfb0b916b");
    }
}
