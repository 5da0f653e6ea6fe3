//! What is written, and who reads it back: each form is posted as a report, and then the issue is read, by everybody and, where that is not
//! for everybody, by the neighbourhood manager over the contract. The places are those of [`checks`](super::checks); `{4000}` stands for a text
//! of four thousand characters, the most that the specification lets a description have.

use super::checks::{Form, Want};

/// Who reads, and what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reader {
    /// Everybody, by Open311 with this suffix.
    Everybody(&'static str),
    /// The manager: the whole issue.
    Manager,
    /// The manager: what happened to it, and through whom.
    History,
    /// Everybody: the same, as far as they may know.
    PublicHistory,
}

/// A report that is taken in, and what shows that some rows hold.
#[derive(Debug)]
pub(super) struct Kept {
    /// Their ids, parted by blanks.
    pub(super) ids: &'static str,
    pub(super) form: Form,
    /// What must be so of the answer to it.
    pub(super) receipt: &'static [Want],
    /// What must be so of what is read.
    pub(super) reads: &'static [(Reader, &'static [Want])],
}

/// What everybody reads in JSON and in XML.
const JSON: Reader = Everybody("json");
const XML: Reader = Everybody("xml");

use Reader::{Everybody, History, Manager, PublicHistory};
use Want::{At, Has, Lacks, Rows, Words};

const fn kept(
    ids: &'static str,
    form: Form,
    receipt: &'static [Want],
    reads: &'static [(Reader, &'static [Want])],
) -> Kept {
    Kept { ids, form, receipt, reads }
}

/// A report of fly-tipping with these parameters, and without a place or words.
macro_rules! fly_tip {
    ($($name:literal = $value:literal),*) => { &[("service_code", "fly-tipping") $(, ($name, $value))*] };
}

#[rustfmt::skip]
pub(super) const KEPT: &[Kept] = &[
    // Who reports.
    kept("POST-requests.api_key", fly_tip!("api_key" = "{council}", "address_string" = "here", "description" = "By the desk."), &[Rows(1)],
        &[(History, &[At("/entries/0/kind", "\"issue.reported\""), At("/entries/0/actor/name", "\"The council's desk\"")]),
        (PublicHistory, &[At("/entries/0/actor/name", "\"The council's system\""), Lacks("The council's desk")])]),
    kept("POST-requests.first_name POST-requests.last_name", fly_tip!("address_string" = "here", "description" = "d", "first_name" = "Ann",
        "last_name" = "Fletcher"), &[Rows(1), Lacks("Fletcher")],
        &[(Manager, &[At("/reporters/0/name", "\"Ann Fletcher\""), At("/reporters/0/visibility", "\"REPORTER_VISIBILITY_CONFIDENTIAL\"")]),
        (JSON, &[Rows(1), Lacks("Fletcher")]), (XML, &[Has("<request>"), Lacks("Fletcher")]),
        (PublicHistory, &[At("/entries/0/actor/name", "\"A resident\""), Lacks("Fletcher")])]),
    kept("POST-requests.first_name", fly_tip!("address_string" = "here", "description" = "d", "first_name" = "Ann"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/name", "\"Ann\"")])]),
    kept("POST-requests.last_name", fly_tip!("address_string" = "here", "description" = "d", "last_name" = "Fletcher"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/name", "\"Fletcher\"")])]),
    kept("POST-requests.email", fly_tip!("address_string" = "here", "description" = "d", "email" = "ben@example.org"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/email", "\"ben@example.org\"")]), (JSON, &[Rows(1), Lacks("ben@")]), (XML, &[Lacks("ben@")])]),
    kept("POST-requests.phone", fly_tip!("address_string" = "here", "description" = "d", "phone" = "+44 20 7946 0000"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/phone", "\"+44 20 7946 0000\"")]), (JSON, &[Rows(1), Lacks("7946 0000")]), (XML, &[Lacks("7946 0000")])]),
    kept("POST-requests.phone", fly_tip!("address_string" = "here", "description" = "d", "phone" = "020-7946-0000"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/phone", "\"020-7946-0000\"")])]),
    kept("POST-requests.phone", fly_tip!("address_string" = "here", "description" = "d", "phone" = "020 7946 0000 ext 5"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/phone", "\"020 7946 0000\"")])]),
    kept("POST-requests.phone", fly_tip!("address_string" = "here", "description" = "d", "phone" = "020.7946/0000"), &[Rows(1)],
        &[(Manager, &[At("/reporters/0/phone", "\"020 7946 0000\"")])]),
    kept("POST-requests.account_id POST-requests.answer.account_id POST-requests.device_id", fly_tip!("address_string" = "here",
        "description" = "d", "account_id" = "account-4711", "device_id" = "device-4711"), &[At("/0/account_id", "null")],
        &[(Manager, &[Words("/issueId"), Lacks("account-4711"), Lacks("device-4711")]),
        (JSON, &[Rows(1), Lacks("account-4711"), Lacks("device-4711")]), (History, &[Lacks("account-4711"), Lacks("device-4711")])]),

    // Where it is: each of the three alone, and together.
    kept("POST-requests.location", fly_tip!("lat" = "51.501", "long" = "-0.102", "description" = "d"), &[Rows(1)],
        &[(JSON, &[At("/0/lat", "51.501"), At("/0/long", "-0.102"), At("/0/address", "null"), At("/0/address_id", "null")])]),
    kept("POST-requests.location POST-requests.address_string", fly_tip!("address_string" = "4 Rope Walk", "description" = "d"), &[Rows(1)],
        &[(JSON, &[At("/0/address", "\"4 Rope Walk\""), At("/0/lat", "null"), At("/0/long", "null"), At("/0/address_id", "null")]),
        (XML, &[Has("<address>4 Rope Walk</address>")])]),
    kept("POST-requests.location POST-requests.address_id GET-requests.field.address_id", fly_tip!("address_id" = "100023336956",
        "description" = "d"), &[Rows(1)],
        &[(JSON, &[At("/0/address_id", "\"100023336956\""), At("/0/address", "null"), At("/0/lat", "null")]),
        (XML, &[Has("<address></address><address_id>100023336956</address_id>")])]),
    kept("POST-requests.location POST-requests.address_string POST-requests.address_id", fly_tip!("lat" = "51.502", "long" = "-0.103",
        "address_string" = "5 Rope Walk", "address_id" = "100023336957", "description" = "d"), &[Rows(1)],
        &[(JSON, &[At("/0/lat", "51.502"), At("/0/long", "-0.103"), At("/0/address", "\"5 Rope Walk\""),
        At("/0/address_id", "\"100023336957\"")])]),
    kept("POST-requests.address_id.foreign", fly_tip!("lat" = "51.5", "long" = "-0.1", "address_id" = "#NOTPINPOINTED#", "description" = "d"),
        &[Rows(1)], &[(JSON, &[At("/0/address_id", "null"), At("/0/lat", "51.5"), At("/0/long", "-0.1")]), (Manager, &[Lacks("NOTPINPOINTED")])]),

    // What is said.
    kept("POST-requests.description", fly_tip!("address_string" = "here", "description" = "A sofa.\nTwo chairs.\n\nüber €"), &[Rows(1)],
        &[(JSON, &[At("/0/description", "\"A sofa.\\nTwo chairs.\\n\\nüber €\"")]),
        (XML, &[Has("<description>A sofa.\nTwo chairs.\n\nüber €</description>")])]),
    kept("POST-requests.description FORMAT.xml-escape", fly_tip!("address_string" = "here", "description" = "A sofa.\r\nTwo chairs."), &[Rows(1)],
        &[(JSON, &[At("/0/description", "\"A sofa.\\r\\nTwo chairs.\"")]),
        (XML, &[Has("<description>A sofa.&#13;\nTwo chairs.</description>")])]),
    kept("POST-requests.description", fly_tip!("address_string" = "here", "description" = "{4000}"), &[Rows(1)],
        &[(JSON, &[At("/0/description", "\"{4000}\"")])]),
    kept("POST-requests.description.missing", fly_tip!("address_string" = "6 Rope Walk"), &[Words("/0/service_request_id")],
        &[(JSON, &[At("/0/service_code", "\"fly-tipping\""), At("/0/address", "\"6 Rope Walk\"")])]),
    kept("POST-requests.attribute", super::checks::LAMP, &[Rows(1)],
        &[(Manager, &[At("/answers/0/questionCode", "\"kind\""), At("/answers/0/values", "[\"wall\"]"),
        At("/answers/1/questionCode", "\"number\""), At("/answers/1/values", "[\"7\"]")])]),

    // What is answered.
    kept("POST-requests.answer.service_notice", super::checks::REPORT,
        &[At("/0/service_notice", "\"Fly-tips are removed within 2 working days.\"")],
        &[(JSON, &[At("/0/service_notice", "\"Fly-tips are removed within 2 working days.\"")])]),
    kept("POST-requests.answer.service_notice", super::checks::LAMP, &[At("/0/service_notice", "null"), At("/0/account_id", "null")],
        &[(JSON, &[At("/0/service_notice", "null")])]),
];
