//! What the tests across the services stand on.
//!
//! | to … | see |
//! |---|---|
//! | run everything in this process, with a clock moved by hand | [`town::Town`] |
//! | run each service and the gateway as a process of its own | [`processes::Processes`] |
//! | call any RPC over HTTP or gRPC with the same words | [`door::Door`] |
//! | act as someone, wait for something, let time pass | [`world::World`] |
//! | have a partnership with all that belongs to it | [`neighbourhood::Neighbourhood`] |
//! | lay two partnerships side by side that look alike | [`lookalike::Lookalike`] |
//! | hold a meeting of its board | [`sitting::Sitting`] |
//! | walk the whole loop | [`journey::walk`] |
//! | read a change feed as others watch it | [`events`] |
//! | see whether a change feed opens | [`watch`] |
//! | read the mail that was sent | [`letters`] |
//! | know who may call what | [`authorisation`] |
//! | have a caller for each role | [`cast::Cast`] |
//! | have certificates for TLS | [`certificates`] |
//! | have a minimal valid message for any RPC | [`sample`] |
//! | know that every feed has been followed to its end | [`following`] |
//! | know which pledges were missed, by those who follow | [`missed`] |
//! | have a database fail, or stand still | [`fault`] |
//! | do something by chance, and the same again | [`chance`] |
//! | have a council with an Open311 server of the plainest kind | [`plain_council`] |
//! | measure calls among a great many issues | [`load`] |
//! | watch the kit's feed at work, without any business rule | [`ledger`] |
//!
//! A fixture that cannot do its work fails the test that asked for it, with the reason.

#![allow(clippy::panic, reason = "a fixture that cannot do its work fails the test that asked for it")]

pub mod authorisation;
pub mod cast;
pub mod certificates;
pub mod chance;
pub mod contract;
pub mod council;
pub mod database;
pub mod door;
pub mod events;
pub mod fault;
pub mod following;
pub mod journey;
pub mod ledger;
pub mod letters;
pub mod load;
pub mod lookalike;
pub mod lossy;
pub mod missed;
pub mod neighbourhood;
pub mod plain_council;
pub mod processes;
pub mod provider;
pub mod sample;
pub mod sitting;
pub mod town;
pub mod trail;
pub mod waiting;
pub mod watch;
pub mod world;
