//! Journeys through a suite whose services are processes of their own, which can be killed, started again and kept from one another:
//! [`pathfinder_tests::processes`].

mod crash;
mod faults;
mod loop_processes;
mod mutual_tls;
mod open311_suites;
mod tracing;
