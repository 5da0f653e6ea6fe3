//! Journeys and refusals through the whole suite, most of which runs in the process of the test: [`pathfinder_tests::town`].
//!
//! All of them are one program, because each program of tests holds the whole suite, and to link it takes its time and a quarter of a
//! gigabyte. A new file of tests is a module here, or in `processes`, where services are processes that can be killed.

mod audit;
mod bad_http;
mod bad_input;
mod browser_sessions;
mod decisions;
mod feedback;
mod feeds;
mod follow_by_email;
mod import;
mod import_stream;
mod isolation;
mod issue_edits;
mod limits;
mod loop_grpc;
mod loop_http;
mod matrix;
mod objects;
mod open311;
mod open311_answers;
mod open311_plain;
mod open311_updates;
mod openid;
mod own_policies;
mod partnerships;
mod personal_data;
mod photos;
mod places;
mod races;
mod reasons;
mod recategorise;
mod repeats;
mod report_page;
mod reports;
mod response_times;
mod said_and_done;
mod search;
mod sign_in;
mod starts;
mod states;
mod tokens;
mod twins;
mod watching;
