//! Issues and commitments as lists of facts, for the pages of people who have a link to one of them.

use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use super::words;

/// Names and values, in the order in which a person wants to know them.
pub(super) type Facts = Vec<(&'static str, String)>;

/// What an issue is, where, and what was pledged. What is not known is left out.
pub(super) fn issue_facts(issue: &pb::Issue) -> Facts {
    let clock = issue.clock.as_ref();
    let due = clock.and_then(|clock| clock.due_time.as_ref());
    let answer_due = clock.and_then(|clock| clock.response.as_ref()).and_then(|response| response.due_time.as_ref());
    let resolution = issue.resolution.as_ref().map(|resolution| resolution.reason.clone()).unwrap_or_default();
    let facts = vec![
        ("Where it stands", words::state(issue.state().as_str_name(), "ISSUE_STATE_")),
        ("What", issue.title.clone()),
        ("In the reporter's words", issue.description.clone()),
        ("Where", place(issue.location.as_ref())),
        ("Reported", words::time(issue.report_time.as_ref())),
        ("Answerable", issue.provider_name.clone()),
        ("Answer due", answer_due.map(|due| words::time(Some(due))).unwrap_or_default()),
        ("Due", due.map(|due| words::time(Some(due))).unwrap_or_default()),
        ("Standard", issue.standard_text.clone()),
        ("How it ended", resolution),
    ];
    known(facts)
}

fn place(location: Option<&pb::Location>) -> String {
    let Some(location) = location else { return String::new() };
    let point = location.point.and_then(LatLng::degrees).map(|degrees| point(degrees, location.blurred));
    let uprn = Some(&location.uprn).filter(|uprn| !uprn.is_empty()).map(|uprn| format!("UPRN {uprn}"));
    let parts = [Some(location.address.clone()), Some(location.location_text.clone()), uprn, point];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join("; ")
}

/// A point with no more digits than are true: where it is blurred, a thousandth of a degree is some 100 m.
fn point((latitude, longitude): (f64, f64), blurred: bool) -> String {
    if blurred {
        format!("about {latitude:.3}, {longitude:.3}, to some 100 m")
    } else {
        format!("{latitude:.5}, {longitude:.5}")
    }
}

/// What a commitment promises, from where and to where, and by when.
pub(super) fn commitment_facts(commitment: &commitments::Commitment, terms: &commitments::CommitmentTerms) -> Facts {
    let unit = &terms.unit;
    let baseline = terms.baseline.clone().unwrap_or_default();
    let latest = commitment.latest_value.map(|value| format!("{value} {unit}")).unwrap_or_default();
    let facts = vec![
        ("Where it stands", words::state(commitment.status().as_str_name(), "COMMITMENT_STATUS_")),
        ("What was promised", terms.text.clone()),
        ("Where it started", format!("{} {unit} on {}", baseline.value, words::date(&baseline.value_date))),
        ("The target", format!("{} {unit}", terms.target_value)),
        ("Last reported", latest),
        ("Until", words::date(&terms.end_date)),
        ("Answerable", terms.owner.clone()),
    ];
    let step = |step: &commitments::Milestone| ("Step", format!("{}, by {}", step.text, words::date(&step.due_date)));
    known(facts).into_iter().chain(commitment.milestones.iter().map(step)).collect()
}

fn known(facts: Facts) -> Facts {
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blurred_point_is_not_told_as_if_it_were_exact() {
        let home = pb::Location { point: Some(LatLng::at(54.61407, -2.27898)), domestic: true, ..Default::default() };
        assert_eq!(place(Some(&home)), "54.61407, -2.27898", "whoever may know reads it exactly");
        let blurred = pb::Location { blurred: true, ..home };
        assert_eq!(place(Some(&blurred)), "about 54.614, -2.279, to some 100 m");
    }
}
