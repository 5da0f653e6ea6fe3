//! What the events of a feed mean to the service that follows it.

use pathfinder_proto::events::v1::EventMeta;

use crate::failure::Failure;

/// An event of another service's feed, as what it means to the one that follows it.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// Where the event stands in its feed.
    pub cursor: String,
    /// What it means; nothing where it does not concern the follower.
    pub news: Option<T>,
}

impl<T> Told<T> {
    /// What the event of `meta` means. One that cannot be read is reported to the log and passed over: one event must not keep all that
    /// follow it from being heard.
    #[must_use]
    pub fn of(meta: Option<EventMeta>, news: Result<Option<T>, Failure>) -> Self {
        let meta = meta.unwrap_or_default();
        let news = news.unwrap_or_else(|failure| {
            let EventMeta { event_id, kind, .. } = &meta;
            tracing::error!(event_id, kind, %failure, "an event could not be read; it is passed over");
            None
        });
        Self { cursor: meta.cursor, news }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_cannot_be_read_is_passed_over_with_its_cursor() {
        let meta = EventMeta { cursor: "boards-7".to_owned(), ..EventMeta::default() };
        let told = Told::of(Some(meta.clone()), Ok(Some(1)));
        assert_eq!((told.cursor.as_str(), told.news), ("boards-7", Some(1)));
        let told = Told::<u8>::of(Some(meta), Err(Failure::internal("no id")));
        assert_eq!((told.cursor.as_str(), told.news), ("boards-7", None));
    }
}
