//! What runs beside the calls: followers of the feeds of boards and commitments, the clock attacher, the timer of due times and the like. Each ends
//! when the host stops, and each can be stopped anywhere and begin again.

mod followers;
mod timers;

pub(crate) use followers::{BoardsFollower, CommitmentsFollower};
pub(crate) use timers::{
    ask_for_boundaries, attach_clocks, blur_homes, delete_left_pictures, erase_by_age, fetch_pictures, find_clusters,
    forward_issues, lapse_questions, lapse_unanswered, look_at_boundaries, pull_updates, seal_contacts, send_letters,
    tell_of_due_times,
};
