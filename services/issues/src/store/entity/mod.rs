//! The rows of this service's tables, private to `store`. One file a table would be forty lines of frame around ten of columns, so
//! tables that belong together share a file.

pub(super) mod cluster;
pub(super) mod edit;
pub(super) mod feedback;
pub(super) mod forwarding;
pub(super) mod issue;
pub(super) mod known;
pub(super) mod people;
pub(super) mod picture;
pub(super) mod picture_link;
pub(super) mod response_entry;
pub(super) mod rules;
