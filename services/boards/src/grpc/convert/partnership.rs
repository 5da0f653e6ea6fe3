//! Partnerships and constitutions.

use pathfinder_kit::policy::kept::OwnPolicies;
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_terms::{Nation, PartnershipId};

use super::geojson::boundary;
use super::words::{Read as _, to_nation};
use super::{count, number, sound, text};
use crate::app::partnerships::{AdoptConstitution, CreatePartnership, UpdatePartnership};
use crate::app::policies::SetPolicies;
use crate::domain::constitution::{
    ActionRules, ConflictRule, Constitution, DecisionClass, QuorumRule, Rules, SeatAllocation,
};
use crate::domain::member::SeatCategory;
use crate::domain::partnership::{Archive, Boundary, Partnership, PartnershipChanges, TIME_ZONE};

/// A boundary as GeoJSON text.
pub(super) fn to_boundary(boundary: &Boundary) -> String {
    // Coordinates of a checked boundary are finite numbers, so this always writes.
    serde_json::to_string(boundary).unwrap_or_default()
}

impl TryFrom<pb::CreatePartnershipRequest> for CreatePartnership {
    type Error = Failure;

    fn try_from(message: pb::CreatePartnershipRequest) -> Result<Self, Failure> {
        Ok(Self {
            nation: message.nation().read().unwrap_or(Nation::EnglandAndWales),
            boundary: boundary(&message.boundary)?,
            name: message.name,
            slug: message.slug,
            ward_codes: message.ward_codes,
            accountable_body: message.accountable_body,
            themes: message.themes,
            reference_prefix: message.reference_prefix,
            demonstration: message.demonstration,
        })
    }
}

impl TryFrom<pb::UpdatePartnershipRequest> for UpdatePartnership {
    type Error = Failure;

    fn try_from(message: pb::UpdatePartnershipRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let boundary = gather.take(message.boundary.as_deref().map(boundary).transpose());
        let successor = gather.take(wire::optional_id("successor_partnership_id", &message.successor_partnership_id));
        if !message.archive && !message.successor_partnership_id.is_empty() {
            gather.report("successor_partnership_id", "goes only with archive");
        }
        gather.finish()?;
        let successor = sound(successor)?;
        let changes = PartnershipChanges {
            name: message.name,
            boundary: sound(boundary)?,
            accountable_body: message.accountable_body,
            ward_codes: message.ward_codes.map(|list| list.codes),
            themes: message.themes.map(|list| list.names),
            archive: message.archive.then_some(Archive { successor }),
        };
        Ok(Self { partnership_id: sound(partnership_id)?, changes, etag: message.etag })
    }
}

impl TryFrom<pb::AdoptConstitutionRequest> for AdoptConstitution {
    type Error = Failure;

    fn try_from(message: pb::AdoptConstitutionRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let effective_from_date = gather.take(wire::date("effective_from_date", &message.effective_from_date));
        let decision_id = gather.take(wire::optional_id("decision_id", &message.decision_id));
        gather.finish()?;
        Ok(Self {
            partnership_id: sound(partnership_id)?,
            effective_from_date: sound(effective_from_date)?,
            rules: rules(message.rules.unwrap_or_default()),
            decision_id: sound(decision_id)?,
        })
    }
}

impl TryFrom<pb::SetPoliciesRequest> for SetPolicies {
    type Error = Failure;

    fn try_from(message: pb::SetPoliciesRequest) -> Result<Self, Failure> {
        let partnership_id = wire::id("partnership_id", &message.partnership_id)?;
        Ok(Self { partnership_id, text: message.text, etag: message.etag })
    }
}

/// Rules with every default filled in.
fn rules(message: pb::ConstitutionRules) -> Rules {
    let default = Rules::default();
    let conflict_rule = message.conflict_rule().read().unwrap_or(ConflictRule::PrejudicialWithdraws);
    let or = |given: Option<i32>, default: u32| given.map_or(default, number);
    let allocation = |allocation: pb::SeatAllocation| SeatAllocation {
        category: allocation.category().read().unwrap_or(SeatCategory::Other),
        seat_count: number(allocation.seat_count),
    };
    let classes: Vec<DecisionClass> = message.decision_classes.into_iter().map(decision_class).collect();
    Rules {
        seat_allocations: message.seat_allocations.into_iter().map(allocation).collect(),
        quorum: quorum(message.quorum.unwrap_or_default()),
        casting_vote: message.casting_vote,
        conflict_rule,
        notice_working_days: or(message.notice_working_days, default.notice_working_days),
        draft_minutes_working_days: or(message.draft_minutes_working_days, default.draft_minutes_working_days),
        term_months: or(message.term_months, default.term_months),
        decision_classes: if classes.is_empty() { default.decision_classes } else { classes },
        actions: action_rules(message.actions.unwrap_or_default()),
    }
}

fn quorum(message: pb::QuorumRule) -> QuorumRule {
    let default = QuorumRule::default();
    let unless_zero = |given: i32, default: u32| if given == 0 { default } else { number(given) };
    QuorumRule {
        minimum_count: unless_zero(message.minimum_count, default.minimum_count),
        one_in: unless_zero(message.one_in, default.one_in),
        minimum_resident_count: message.minimum_resident_count.map_or(default.minimum_resident_count, number),
    }
}

fn decision_class(message: pb::DecisionClass) -> DecisionClass {
    let electorate = message.electorate().filter_map(pb::SeatCategory::read).collect();
    DecisionClass { code: message.code, name: message.name, electorate }
}

fn action_rules(message: pb::ActionRules) -> ActionRules {
    let default = ActionRules::default();
    let or = |given: Option<i32>, default: u32| given.map_or(default, number);
    ActionRules {
        acceptance_working_days: or(message.acceptance_working_days, default.acceptance_working_days),
        update_interval_days: or(message.update_interval_days, default.update_interval_days),
        amber_slip_days: or(message.amber_slip_days, default.amber_slip_days),
        free_move_count: or(message.free_move_count, default.free_move_count),
        free_move_days: or(message.free_move_days, default.free_move_days),
    }
}

/// A partnership on the wire; lists leave the boundary out.
pub(in crate::grpc) fn to_partnership(partnership: Partnership, with_boundary: bool) -> pb::Partnership {
    pb::Partnership {
        partnership_id: partnership.id.to_string(),
        nation: to_nation(partnership.nation).into(),
        boundary: if with_boundary { to_boundary(&partnership.boundary) } else { String::new() },
        name: partnership.name,
        slug: partnership.slug,
        ward_codes: partnership.ward_codes,
        accountable_body: partnership.accountable_body,
        themes: partnership.themes,
        reference_prefix: partnership.reference_prefix,
        time_zone: TIME_ZONE.to_owned(),
        status: pb::PartnershipStatus::from(partnership.status).into(),
        successor_partnership_id: text(partnership.successor),
        demonstration: partnership.demonstration,
        create_time: Some(wire::timestamp(partnership.create_time)),
        update_time: Some(wire::timestamp(partnership.update_time)),
        etag: etag::of(partnership.version),
    }
}

/// A partnership's own policies on the wire; one that never set any has none.
pub(in crate::grpc) fn to_policies(partnership_id: PartnershipId, set: Option<OwnPolicies>) -> pb::Policies {
    let version = set.as_ref().map_or(0, |set| set.version);
    pb::Policies {
        partnership_id: partnership_id.to_string(),
        set_time: set.as_ref().map(|set| wire::timestamp(set.set_time)),
        text: set.map(|set| set.text).unwrap_or_default(),
        etag: etag::of(version),
    }
}

impl From<Constitution> for pb::Constitution {
    fn from(constitution: Constitution) -> Self {
        Self {
            constitution_id: constitution.id.to_string(),
            partnership_id: constitution.partnership_id.to_string(),
            effective_from_date: constitution.effective_from_date.to_string(),
            rules: Some(to_rules(constitution.rules)),
            decision_id: text(constitution.decision_id),
            create_time: Some(wire::timestamp(constitution.create_time)),
        }
    }
}

fn to_rules(rules: Rules) -> pb::ConstitutionRules {
    let allocation = |allocation: SeatAllocation| pb::SeatAllocation {
        category: pb::SeatCategory::from(allocation.category).into(),
        seat_count: count(allocation.seat_count),
    };
    let class = |class: DecisionClass| pb::DecisionClass {
        code: class.code,
        name: class.name,
        electorate: class.electorate.into_iter().map(|category| pb::SeatCategory::from(category).into()).collect(),
    };
    pb::ConstitutionRules {
        seat_allocations: rules.seat_allocations.into_iter().map(allocation).collect(),
        quorum: Some(pb::QuorumRule {
            minimum_count: count(rules.quorum.minimum_count),
            one_in: count(rules.quorum.one_in),
            minimum_resident_count: Some(count(rules.quorum.minimum_resident_count)),
        }),
        casting_vote: rules.casting_vote,
        conflict_rule: pb::ConflictRule::from(rules.conflict_rule).into(),
        notice_working_days: Some(count(rules.notice_working_days)),
        draft_minutes_working_days: Some(count(rules.draft_minutes_working_days)),
        term_months: Some(count(rules.term_months)),
        decision_classes: rules.decision_classes.into_iter().map(class).collect(),
        actions: Some(pb::ActionRules {
            acceptance_working_days: Some(count(rules.actions.acceptance_working_days)),
            update_interval_days: Some(count(rules.actions.update_interval_days)),
            amber_slip_days: Some(count(rules.actions.amber_slip_days)),
            free_move_count: Some(count(rules.actions.free_move_count)),
            free_move_days: Some(count(rules.actions.free_move_days)),
        }),
    }
}
