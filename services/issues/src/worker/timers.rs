//! Timers. They compare with the host's clock, which a trial or a test moves, so they look often and cheaply: an index on what waits.

use std::sync::Arc;
use std::time::Duration;

use pathfinder_kit::causes_of;

use crate::app::App;
use crate::error::Error;

/// How long it stays unnoticed that a due time is near or has passed, at the most.
const DUE_PAUSE: Duration = Duration::from_millis(500);
/// How long it stays unnoticed that a provider, or whoever was asked, did not answer in time, at the most.
const ANSWER_PAUSE: Duration = Duration::from_secs(1);
/// How long it stays unnoticed that reports make a cluster, at the most.
const CLUSTER_PAUSE: Duration = Duration::from_secs(1);
/// How often the commitments service is asked again for pledges that it did not answer for.
const ATTACH_PAUSE: Duration = Duration::from_secs(1);

/// How long contact details stay beyond their time, at the most.
const ERASE_PAUSE: Duration = Duration::from_secs(1);
/// How long issues of a category that became one of homes stay exactly placed, at the most, where they are many.
const BLUR_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked for issues to send on.
const FORWARD_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked for pictures to fetch.
const FETCH_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether a council's system is to be asked.
const PULL_PAUSE: Duration = Duration::from_secs(2);
/// How long pictures that are to be deleted wait beyond their turn, at the most.
const PICTURE_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked for letters to send.
const LETTER_PAUSE: Duration = Duration::from_millis(500);

/// How long another boundary stays unnoticed, at the most.
const BOUNDARY_PAUSE: Duration = Duration::from_secs(1);
/// How often boards is asked for boundaries that its feed told too early. The feed brings all others sooner.
const ASK_PAUSE: Duration = Duration::from_secs(5);

/// Goes by the boundaries that have changed, until the host stops.
pub(crate) async fn look_at_boundaries(app: Arc<App>) {
    while app.host.pause(BOUNDARY_PAUSE).await {
        match app.look_at_boundaries().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "boundaries of partnerships have changed"),
            Err(error) => report(&error, "boundaries"),
        }
    }
}

/// Asks for boundaries that are missing, until the host stops.
pub(crate) async fn ask_for_boundaries(app: Arc<App>) {
    while app.host.pause(ASK_PAUSE).await {
        match app.ask_for_boundaries().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "boundaries of partnerships were asked for"),
            Err(error) => report(&error, "missing boundaries"),
        }
    }
}

/// Finds issues whose due time is near or has passed, until the host stops.
pub(crate) async fn tell_of_due_times(app: Arc<App>) {
    while app.host.pause(DUE_PAUSE).await {
        match app.tell_of_due_times().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issues came near their due time, or passed it"),
            Err(error) => report(&error, "timer of due times"),
        }
    }
}

/// Takes issues back from providers who did not answer in time, until the host stops.
pub(crate) async fn lapse_unanswered(app: Arc<App>) {
    while app.host.pause(ANSWER_PAUSE).await {
        match app.lapse_unanswered().await {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "issues went to the manager because their provider did not answer in time");
            }
            Err(error) => report(&error, "timer of answers"),
        }
    }
}

/// Goes on with issues whose question nobody answered in time, until the host stops.
pub(crate) async fn lapse_questions(app: Arc<App>) {
    while app.host.pause(ANSWER_PAUSE).await {
        match app.lapse_questions().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issues go on without the answer of whoever reported them"),
            Err(error) => report(&error, "timer of questions"),
        }
    }
}

/// Finds clusters around what was reported, until the host stops.
pub(crate) async fn find_clusters(app: Arc<App>) {
    while app.host.pause(CLUSTER_PAUSE).await {
        match app.find_clusters().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "clusters were found or grew"),
            Err(error) => report(&error, "finder of clusters"),
        }
    }
}

/// Attaches pledges that are still to be asked for, until the host stops.
pub(crate) async fn attach_clocks(app: Arc<App>) {
    while app.host.pause(ATTACH_PAUSE).await {
        match app.attach_pending_clocks().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "clocks were attached"),
            Err(error) => report(&error, "clock attacher"),
        }
    }
}

/// Blurs issues of categories that became those of homes, until the host stops.
pub(crate) async fn blur_homes(app: Arc<App>) {
    while app.host.pause(BLUR_PAUSE).await {
        match app.blur_homes().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issues were found to stand at homes"),
            Err(error) => report(&error, "blurring of homes"),
        }
    }
}

/// Sends letters, until the host stops.
pub(crate) async fn send_letters(app: Arc<App>) {
    while app.host.pause(LETTER_PAUSE).await {
        match app.send_letters().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "letters were sent"),
            Err(error) => report(&error, "letters"),
        }
    }
}

/// Sends issues on to councils' own systems, and tells these what happens to them here, until the host stops.
pub(crate) async fn forward_issues(app: Arc<App>) {
    while app.host.pause(FORWARD_PAUSE).await {
        match app.forward_issues().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "issues were sent on"),
            Err(error) => report(&error, "forwarding"),
        }
        match app.tell_councils().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "councils were told what happened to issues"),
            Err(error) => report(&error, "telling councils"),
        }
    }
}

/// Fetches pictures that were named by their addresses, until the host stops.
pub(crate) async fn fetch_pictures(app: Arc<App>) {
    while app.host.pause(FETCH_PAUSE).await {
        match app.fetch_pictures().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "pictures were fetched"),
            Err(error) => report(&error, "pictures"),
        }
    }
}

/// Hears from councils' own systems, until the host stops.
pub(crate) async fn pull_updates(app: Arc<App>) {
    while app.host.pause(PULL_PAUSE).await {
        match app.pull_updates().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "updates came from councils' systems"),
            Err(error) => report(&error, "updates from councils' systems"),
        }
    }
}

/// Deletes pictures that nothing names, until the host stops.
pub(crate) async fn delete_left_pictures(app: Arc<App>) {
    while app.host.pause(PICTURE_PAUSE).await {
        match app.delete_left_pictures().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "photos that nothing names were deleted"),
            Err(error) => report(&error, "left pictures"),
        }
    }
}

/// Erases contact details, words and places of homes whose time is over, and addresses that nobody confirmed, until the host stops.
pub(crate) async fn erase_by_age(app: Arc<App>) {
    while app.host.pause(ERASE_PAUSE).await {
        match app.forget_unconfirmed().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "addresses that nobody confirmed were forgotten"),
            Err(error) => report(&error, "unconfirmed addresses"),
        }
        match app.erase_by_age().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "contact details were erased by age"),
            Err(error) => report(&error, "retention"),
        }
        match app.erase_words_by_age().await {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "words from before edits, answers, comments and homes were erased by age");
            }
            Err(error) => report(&error, "retention of words"),
        }
        match app.forget_report_tokens().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "tokens of reports were forgotten"),
            Err(error) => report(&error, "tokens of reports"),
        }
    }
}

/// Seals contact details that are plain or sealed with an older key, until the host stops.
pub(crate) async fn seal_contacts(app: Arc<App>) {
    app.host.keep_sealed("contact details", || app.seal_contacts()).await;
}

/// A round that failed is logged; the next one does its work.
fn report(error: &Error, timer: &'static str) {
    let chain = causes_of(error).join(": ");
    tracing::warn!(timer, %error, chain, "a round of a timer failed; the next one does its work");
}
