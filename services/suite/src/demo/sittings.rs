//! The meetings of the board, their agendas and what is decided at them.

/// What comes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The board is informed.
    Information,
    /// Somebody is given something to do.
    Action,
    /// The board decides.
    Decision(Motion),
    /// It goes to the next meeting.
    Unfinished,
}

/// What is put to the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Motion {
    /// The key by which other parts name the decision.
    pub(super) key: &'static str,
    /// What is to be decided.
    pub(super) text: &'static str,
    /// The kind of decision: a code of [`CLASSES`].
    pub(super) class: &'static str,
    /// For, against, abstaining; none by consensus.
    pub(super) votes: Option<(i32, i32, i32)>,
    /// Who proposes and who seconds, by their seats.
    pub(super) movers: (usize, usize),
    /// Whether most members have left by then, so that it can only be recommended.
    pub(super) after_many_left: bool,
}

/// An item of an agenda.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemPart {
    /// The title.
    pub(super) title: &'static str,
    /// Who presents it.
    pub(super) presenter: &'static str,
    /// What comes of it.
    pub(super) outcome: Outcome,
    /// What the minutes say.
    pub(super) minute: &'static str,
    /// Why it is taken without the public.
    pub(super) exemption: Option<&'static str>,
}

/// A meeting that was held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sitting {
    /// The key.
    pub(super) key: &'static str,
    /// The title.
    pub(super) title: &'static str,
    /// The day, before the founding.
    pub(super) day: i64,
    /// Who is in the room, by their seats.
    pub(super) present: &'static [usize],
    /// Who sends apologies, by their seats.
    pub(super) apologies: &'static [usize],
    /// Who leaves early, by their seats.
    pub(super) leaves_early: &'static [usize],
    /// Who has a prejudicial interest in which item, by seat and place on the agenda, and what it is.
    pub(super) interest: Option<(usize, usize, &'static str)>,
    /// The agenda.
    pub(super) items: &'static [ItemPart],
}

/// The kinds of decision that the constitution knows: codes and names.
pub(super) const CLASSES: [(&str, &str); 3] = [
    ("ordinary", "Ordinary decision"),
    ("spending", "Decision on spending"),
    ("constitution", "Change of the constitution"),
];

/// The decision to take the loop's breach in hand.
pub(super) const QUARRY_ACTION: &str = "quarry-action";
/// The decision to take the loop's commitment.
pub(super) const QUARRY_COMMITMENT: &str = "quarry-commitment";
/// The decision to take the other commitments.
pub(super) const COMMITMENTS: &str = "commitments";
/// The decision to drop an action.
pub(super) const DROP: &str = "drop";
/// The decision to move a due date far.
pub(super) const EXTEND: &str = "extend";
/// The decision that changes the constitution.
pub(super) const CONSTITUTION: &str = "constitution";

const fn informed(title: &'static str, presenter: &'static str, minute: &'static str) -> ItemPart {
    ItemPart { title, presenter, outcome: Outcome::Information, minute, exemption: None }
}

const fn decided(title: &'static str, presenter: &'static str, motion: Motion) -> ItemPart {
    ItemPart {
        title,
        presenter,
        outcome: Outcome::Decision(motion),
        minute: "The board decided as recorded.",
        exemption: None,
    }
}

const fn motion(
    key: &'static str,
    text: &'static str,
    votes: Option<(i32, i32, i32)>,
    movers: (usize, usize),
) -> Motion {
    Motion { key, text, class: "ordinary", votes, movers, after_many_left: false }
}

/// The earlier meeting.
#[rustfmt::skip]
pub(super) const FIRST: Sitting = Sitting {
    key: "first",
    title: "Board meeting (demonstration), first of the year",
    day: -48,
    present: &[0, 1, 2, 3, 4, 6, 8, 9, 11, 13, 15, 17, 18, 20],
    apologies: &[5, 10, 12],
    leaves_early: &[],
    interest: Some((3, 3, "Owns the shop at 2 The Snicket")),
    items: &[
        informed("Welcome and apologies", "The chair", "Apologies were noted."),
        decided("A longer notice of meetings", "The chair", Motion { class: "constitution", ..motion(CONSTITUTION, "Papers go out seven clear working days before a meeting.", None, (1, 4)) }),
        decided("Fly-tips at Quarry Lane not cleared in time", "The neighbourhood manager", motion(QUARRY_ACTION, "Street Cleansing is asked to end the fly-tipping at Quarry Lane, and to say by when.", Some((12, 0, 2)), (1, 6))),
        decided("Lights for The Snicket", "Highways", Motion { class: "spending", ..motion("snicket-lights", "£4,800 is set aside for two lamps in The Snicket.", Some((10, 1, 2)), (2, 18)) }),
        decided("Mill Street without cars on Saturdays", "Mill Street traders", motion("mill-street", "Mill Street is closed to cars on Saturdays.", Some((4, 9, 1)), (18, 8))),
        ItemPart { exemption: Some("It concerns the affairs of a named person"), ..informed("A complaint about a contractor", "The neighbourhood manager", "The board was told how the complaint is dealt with.") },
    ],
};

/// The later meeting, which approves the minutes of the first.
#[rustfmt::skip]
pub(super) const SECOND: Sitting = Sitting {
    key: "second",
    title: "Board meeting (demonstration), second of the year",
    day: -20,
    present: &[0, 1, 2, 4, 5, 7, 9, 10, 11, 12, 14, 16, 19, 20],
    apologies: &[3, 13],
    leaves_early: &[4, 5, 7, 9, 10, 11, 12, 14, 16],
    interest: None,
    items: &[
        informed("Minutes of the last meeting", "The chair", "The minutes were approved."),
        decided("Street Cleansing's commitment for Quarry Lane", "Street Cleansing", motion(QUARRY_COMMITMENT, "The commitment of Street Cleansing for Quarry Lane is accepted.", Some((13, 0, 1)), (1, 2))),
        decided("Commitments of the other providers", "The neighbourhood manager", motion(COMMITMENTS, "The commitments in the paper are accepted.", None, (5, 10))),
        decided("Lorries on Mill Street", "Highways", motion(DROP, "The action to close Mill Street to lorries is dropped, as the weight limit does the same.", Some((11, 2, 1)), (9, 7))),
        decided("The playground at Heather Close", "Parks", motion(EXTEND, "The playground may be finished four months later, as the ground must first dry out.", Some((9, 3, 2)), (5, 14))),
        decided("A shelter for young people", "Young people", Motion { after_many_left: true, ..motion("youth-shelter", "A shelter is built by the games area.", Some((4, 0, 0)), (19, 1)) }),
        ItemPart { outcome: Outcome::Action, ..informed("Walkabout", "The neighbourhood manager", "The manager arranges a walkabout.") },
        ItemPart { outcome: Outcome::Unfinished, ..informed("Priorities for next year", "The neighbourhood manager", "Not reached.") },
    ],
};

#[cfg(test)]
mod tests {
    use super::super::cast::SEATS;
    use super::*;

    fn motions(sitting: &Sitting) -> Vec<Motion> {
        let motion = |item: &ItemPart| match item.outcome {
            Outcome::Decision(motion) => Some(motion),
            Outcome::Information | Outcome::Action | Outcome::Unfinished => None,
        };
        sitting.items.iter().filter_map(motion).collect()
    }

    #[test]
    fn decisions_are_quorate_unless_many_have_left() {
        for sitting in [FIRST, SECOND] {
            let stay = sitting.present.len() - sitting.leaves_early.len();
            for motion in motions(&sitting) {
                let here = if motion.after_many_left { stay } else { sitting.present.len() };
                assert_eq!(here >= 7, !motion.after_many_left, "{}", motion.key);
                let cast = motion.votes.map_or(0, |(for_count, against, abstain)| for_count + against + abstain);
                assert!(usize::try_from(cast).expect("votes") <= here, "{}", motion.key);
            }
        }
    }

    #[test]
    fn movers_are_in_the_room_and_seats_and_items_exist() {
        for sitting in [FIRST, SECOND] {
            let stays = |seat: &usize| sitting.present.contains(seat) && !sitting.leaves_early.contains(seat);
            assert!(sitting.present.iter().chain(sitting.apologies).all(|seat| *seat < SEATS.len()));
            assert!(sitting.leaves_early.iter().all(|seat| sitting.present.contains(seat)));
            assert!(
                sitting
                    .interest
                    .is_none_or(|(seat, item, _)| sitting.present.contains(&seat) && item < sitting.items.len())
            );
            for motion in motions(&sitting) {
                let (proposer, seconder) = motion.movers;
                assert!(
                    proposer != seconder && sitting.present.contains(&proposer) && sitting.present.contains(&seconder)
                );
                assert!(!motion.after_many_left || (stays(&proposer) && stays(&seconder)));
                assert!(CLASSES.iter().any(|(code, _)| *code == motion.class));
            }
        }
    }

    #[test]
    fn every_decision_that_others_rest_on_is_taken() {
        let keys: Vec<&str> = [FIRST, SECOND].iter().flat_map(motions).map(|motion| motion.key).collect();
        for key in [QUARRY_ACTION, QUARRY_COMMITMENT, COMMITMENTS, DROP, EXTEND, CONSTITUTION] {
            assert_eq!(keys.iter().filter(|there| **there == key).count(), 1, "{key}");
        }
    }
}
