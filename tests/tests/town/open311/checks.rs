//! What is asked and what is wanted, row by row: `{id}` stands for an open request with a location, `{other}` for one with answers, both
//! reported `{now}`; `{early}` for one of three hours before, at `{then}`; `{old}` for one of the day before, when all was made, at `{start}`;
//! `{held}` for the token of one that is held back, `{freed}` for that of one that was let go, which is `{freed-id}`; `{key}` for the key of
//! their provider's machine, `{council}` for that of the council's; `{earlier}` and `{later}` for times an hour from now. What is written is
//! read back in [`kept`](super::kept).

/// What is sent.
#[derive(Debug)]
pub(super) enum Ask {
    Get(&'static str),
    Accepting(&'static str, &'static str),
    Post(&'static str, Form),
    /// With these headers.
    Sending(&'static str, Form, Form),
    Delete(&'static str),
}

/// What must be so of the answer.
#[derive(Debug)]
pub(super) enum Want {
    /// Its media type.
    Kind(&'static str),
    /// The header `Allow`.
    Allow(&'static str),
    /// A part of its text.
    Has(&'static str),
    /// No part of its text.
    Lacks(&'static str),
    /// A JSON value at a JSON pointer.
    At(&'static str, &'static str),
    /// Some words at a JSON pointer.
    Words(&'static str),
    /// A JSON list of so many.
    Rows(usize),
    /// A JSON list with some rows, of each of which this field is a time from the one to the other, both ends in.
    Within(&'static str, &'static str, &'static str),
    /// Parts of its text, in this order.
    Order(&'static [&'static str]),
}

/// One request that shows that some rows hold.
#[derive(Debug)]
pub(super) struct Check {
    /// Their ids, parted by blanks.
    pub(super) ids: &'static str,
    pub(super) ask: Ask,
    pub(super) status: u16,
    pub(super) wants: &'static [Want],
}

/// Names and values, of parameters or of headers.
pub(super) type Form = &'static [(&'static str, &'static str)];

const JSON: Want = Kind("application/json; charset=utf-8");
const XML: Want = Kind("text/xml; charset=utf-8");
const ERRORS: Want = Has("<errors><error><code>");

/// What a page of another site has a browser send in its user's name.
const FOREIGN: Form = &[("cookie", "pathfinder=some-session"), ("sec-fetch-site", "cross-site")];
/// An `Idempotency-Key` is one UUID.
const TWO_KEYS: Form = &[
    ("idempotency-key", "0190163d-8694-739b-aea5-966c26f8ad91"),
    ("idempotency-key", "0190163d-8694-739b-aea5-966c26f8ad92"),
];

/// The words of `{id}`.
const WORDS: &str = "<b>&\"'</b> ]]> über €";

pub(super) const REPORT: Form = &[
    ("service_code", "fly-tipping"),
    ("lat", "51.5"),
    ("long", "-0.1"),
    ("address_string", "12 Quay Lane"),
    ("description", WORDS),
    ("email", "ann@example.org"),
];
pub(super) const LAMP: Form = &[
    ("service_code", "lamps"),
    ("lat", "51.5"),
    ("long", "-0.1"),
    ("description", "Dark"),
    ("attribute[kind]", "wall"),
    ("attribute[number]", "7"),
];

/// A person reads it first.
pub(super) const HELD: Form =
    &[("service_code", "fly-tipping"), ("lat", "51.5"), ("long", "-0.1"), ("description", "A fire, call 999")];

/// Lists that have pages: the rows that they show to hold, the list, and the field by which its rows are told apart.
pub(super) const PAGED: &[(&str, &str, &str)] = &[
    ("GET-requests.page GET-requests.page_size", "requests.json", "service_request_id"),
    ("GET-updates.page", "servicerequestupdates.json", "update_id"),
];

/// The same by its address, which lies in no partnership's boundary that anybody could tell.
const LAMP_BY_ADDRESS: Form = &[
    ("service_code", "lamps"),
    ("address_string", "1 High Street"),
    ("description", "Dark"),
    ("attribute[kind]", "wall"),
    ("attribute[number]", "7"),
];

use Ask::{Accepting, Delete, Get, Post, Sending};
use Want::{Allow, At, Has, Kind, Lacks, Order, Rows, Within, Words};

const fn check(ids: &'static str, ask: Ask, status: u16, wants: &'static [Want]) -> Check {
    Check { ids, ask, status, wants }
}

/// A report with these fields.
const fn report(ids: &'static str, form: Form, status: u16, wants: &'static [Want]) -> Check {
    check(ids, Post("requests.json", form), status, wants)
}

/// An update with these fields.
const fn update(ids: &'static str, form: Form, status: u16, wants: &'static [Want]) -> Check {
    check(ids, Post("servicerequestupdates.json", form), status, wants)
}

/// A report that names pictures.
macro_rules! picturing {
    ($($address:literal),+) => {
        &[
            ("service_code", "fly-tipping"), ("address_string", "here"), ("description", "d")
            $(, ("media_url", $address))+
        ]
    };
}

/// What an update that moves nothing is posted with.
macro_rules! said {
    ($id:literal, $status:literal $(, $name:literal = $value:literal)*) => {
        &[
            ("api_key", "{key}"), ("service_request_id", "{id}"), ("update_id", $id), ("status", $status),
            ("updated_datetime", "{earlier}"), ("description", "Said there.") $(, ($name, $value))*
        ]
    };
}

/// With one partnership, where the jurisdiction may be left out.
#[rustfmt::skip]
pub(super) const ALONE: &[Check] = &[
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("services.xml"), 200, &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><services>")]),
    check("FORMAT.json-suffix FORMAT.spark GET-services.path GET-services.no-key", Get("services.json"), 200, &[JSON, Rows(2)]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("services/lamps.xml"), 200, &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><service_definition>")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("services/lamps.json"), 200, &[JSON, Words("/service_code")]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("requests.xml"), 200,
        &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("requests.json"), 200, &[JSON, Words("/0/service_request_id")]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("requests/{id}.xml"), 200,
        &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>{id}<")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("requests/{id}.json"), 200, &[JSON, Rows(1)]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("servicerequestupdates.xml"), 200,
        &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><service_request_updates><request_update><update_id>")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("servicerequestupdates.json"), 200, &[JSON, Words("/0/update_id")]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("tokens/{freed}.xml"), 200,
        &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>{freed-id}<")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("tokens/{freed}.json"), 200, &[JSON, Rows(1)]),
    check("FORMAT.xml-suffix FORMAT.xml-declaration", Get("discovery.xml"), 200,
        &[XML, Has("<?xml version=\"1.0\" encoding=\"utf-8\"?><discovery><changeset>")]),
    check("FORMAT.json-suffix FORMAT.spark", Get("discovery.json"), 200, &[JSON, Words("/changeset")]),
    check("FORMAT.accept", Accepting("services", "application/xml"), 200, &[XML]),
    check("FORMAT.accept", Accepting("services", "*/*"), 200, &[JSON]),
    check("FORMAT.accept-quality", Accepting("services", "application/xml;q=0.1, application/json"), 200, &[JSON]),
    check("FORMAT.suffix-beats-accept", Accepting("services.xml", "application/json"), 200, &[XML]),
    check("FORMAT.unknown-suffix ERROR.shape-json", Get("services.rss"), 404, &[JSON, At("/0/code", "404"), Words("/0/description")]),
    check("FORMAT.jsonp FORMAT.unknown-param", Get("services.json?callback=f&foo=bar"), 200, &[JSON, Rows(2)]),
    check("FORMAT.empty-list", Get("requests.json?service_request_id=nothing"), 200, &[Rows(0)]),
    check("FORMAT.empty-list", Get("requests.xml?service_request_id=nothing"), 200, &[Has("service_requests"), Lacks("<request>")]),
    check("FORMAT.null-json", Get("requests/{id}.json"), 200, &[At("/0/zipcode", "null"), Has("\"zipcode\":null")]),
    check("FORMAT.empty-xml", Get("requests/{id}.xml"), 200, &[Has("<zipcode></zipcode>")]),
    check("FORMAT.xml-escape FORMAT.utf8-out", Get("requests/{id}.xml"), 200, &[Has("&lt;b&gt;&amp;&quot;&apos;&lt;/b&gt; ]]&gt; über €")]),
    check("FORMAT.date-out", Get("requests/{id}.json"), 200, &[At("/0/requested_datetime", "\"{now}\"")]),
    check("FORMAT.date-in-z GET-requests.start_date", Get("requests.json?start_date={now}"), 200,
        &[Has("{id}"), Lacks("{early}"), Within("requested_datetime", "{now}", "{later}")]),
    check("FORMAT.date-in-offset", Get("requests.json?start_date=2026-05-01T00:00:00+01:00"), 200, &[Has("{id}")]),
    check("FORMAT.date-in-offset", Get("requests.json?start_date=2026-05-01T00:00:00%2B01:00"), 200, &[Has("{id}")]),
    check("FORMAT.date-in-wrong", Get("requests.json?start_date=2026-05-01"), 400, &[Has("start_date")]),
    check("FORMAT.date-in-wrong", Get("requests.json?start_date=2026-05-01T00:00:00"), 400, &[Has("start_date")]),
    check("FORMAT.optional-blank", Get("requests.json?status=&service_code=&start_date="), 200, &[Has("{id}"), Has("{other}")]),

    check("ERROR.shape-xml", Get("services.xml?jurisdiction_id=nowhere"), 404, &[XML, Has("<errors><error><code>404</code><description>")]),
    report("ERROR.many ERROR.mixed-status", &[("lat", "north"), ("description", "d"), ("jurisdiction_id", "nowhere")], 404,
        &[Has("service_code is needed."), Has("lat must be"), At("/0/code", "400"), Has("\"code\":404")]),
    check("ERROR.status-404 GET-request.unknown", Get("requests/NQ-ISS-2026-99999.json"), 404, &[Has("NQ-ISS-2026-99999")]),
    check("ERROR.status-403 GET-services.api_key-wrong", Get("services.json?api_key=wrong-key"), 403, &[At("/0/code", "403"), Lacks("wrong-key")]),
    check("ERROR.root", Accepting("", "text/xml"), 404, &[XML, Has("<errors><error><code>404</code><description>")]),
    check("ERROR.root", Accepting("", "application/json"), 404, &[JSON, Rows(1), At("/0/code", "404"), Words("/0/description")]),
    check("ERROR.outer", Sending("requests.xml", FOREIGN, REPORT), 403,
        &[XML, Has("<errors><error><code>403</code><description>This was not sent by a page of this site.")]),
    check("ERROR.outer", Sending("requests.json", FOREIGN, REPORT), 403, &[JSON, Rows(1), At("/0/code", "403"), Words("/0/description")]),
    check("ERROR.outer", Sending("servicerequestupdates.xml", FOREIGN, said!("foreign", "FIXED")), 403, &[XML, ERRORS]),
    check("ERROR.method", Delete("services.xml"), 405, &[Allow("GET, HEAD"), ERRORS]),

    check("GET-discovery.path GET-discovery.no-key", Get("discovery.xml"), 200, &[XML, Has("<discovery>")]),
    check("GET-discovery.changeset GET-discovery.endpoint.changeset GET-discovery.contact GET-discovery.key_service GET-discovery.endpoint.type",
        Get("discovery.json"), 200, &[At("/changeset", "\"{start}\""), At("/endpoints/0/changeset", "\"{start}\""), Words("/contact"),
        Words("/key_service"), At("/endpoints/0/type", "\"production\"")]),
    check("GET-discovery.changeset GET-discovery.endpoint.changeset", Get("discovery.xml"), 200,
        &[Order(&["<discovery><changeset>{start}</changeset>", "<endpoint>", "<changeset>{start}</changeset><type>"])]),
    check("GET-discovery.endpoints GET-discovery.endpoint.specification GET-discovery.endpoint.url GET-discovery.endpoint.formats",
        Get("discovery.json"), 200, &[At("/endpoints/0/specification", "\"http://wiki.open311.org/GeoReport_v2\""), Words("/endpoints/0/url"),
        At("/endpoints/0/formats", "[\"text/xml\", \"application/json\"]")]),
    check("GET-discovery.order", Get("discovery.xml"), 200, &[Order(&["<changeset>", "<contact>", "<key_service>", "<endpoints>",
        "<endpoint>", "<specification>", "<url>", "<type>", "<formats>"])]),

    check("GET-services.service_code GET-services.service_name GET-services.description GET-services.metadata GET-services.type \
        GET-services.keywords GET-services.group GET-services.order", Get("services.xml"), 200,
        &[Order(&["<service_code>", "<service_name>", "<description>", "<metadata>", "<type>realtime</type>", "<keywords>", "<group>"]),
        Has("<service_code>lamps</service_code><service_name>Street lamps</service_name><description></description><metadata>true</metadata>"),
        Has("<service_name>Fly-tipping</service_name><description></description><metadata>false</metadata>")]),

    check("GET-service.path GET-service.service_code", Get("services/lamps.json"), 200, &[JSON, At("/service_code", "\"lamps\"")]),
    check("GET-service.attributes", Get("services/fly-tipping.json"), 200, &[At("/attributes", "[]")]),
    check("GET-service.attribute.variable GET-service.attribute.code GET-service.attribute.datatype GET-service.attribute.required \
        GET-service.attribute.order GET-service.attribute.description GET-service.attribute.values GET-service.attribute.values.key \
        GET-service.attribute.values.name", Get("services/lamps.json"), 200,
        &[At("/attributes/0/variable", "true"), At("/attributes/0/code", "\"kind\""), At("/attributes/0/datatype", "\"singlevaluelist\""),
        At("/attributes/0/required", "true"), At("/attributes/0/order", "1"), At("/attributes/1/order", "2"),
        At("/attributes/0/description", "\"Which lamp?\""), At("/attributes/0/values/1", "{\"key\": \"wall\", \"name\": \"On a wall\"}"),
        At("/attributes/1/datatype", "\"number\""), At("/attributes/1/values", "[]")]),
    check("GET-service.attribute.required GET-service.attribute.datatype_description", Get("services/lamps.json"), 200,
        &[At("/attributes/0/datatype_description", "null"), At("/attributes/1/datatype_description", "\"It stands on the post.\""),
        At("/attributes/2/required", "false"),
        At("/attributes/2/datatype_description", "\"In metres. Needed when \\\"Which lamp?\\\" is On a post.\"")]),
    check("GET-service.field-order", Get("services/lamps.xml"), 200, &[Has("<service_definition>"), Order(&["<variable>", "<code>",
        "<datatype>", "<required>", "<datatype_description>", "<order>", "<description>", "<values>"])]),
    check("GET-service.unknown", Get("services/nothing.xml"), 404, &[ERRORS, Has("service_code")]),

    check("POST-requests.path FORMAT.form-body POST-requests.answer.service_request_id POST-requests.answer.shape POST-requests.answer.token \
        POST-requests.answer.service_notice POST-requests.answer.account_id", Post("requests.xml", REPORT), 200,
        &[XML, Has("<service_requests><request><service_request_id>"), Lacks("<token>"),
        Has("</service_request_id><service_notice>Fly-tips are removed within 2 working days.</service_notice><account_id></account_id>")]),
    report("POST-requests.answer.token POST-requests.answer.service_notice", HELD, 200,
        &[Rows(1), Words("/0/token"), Lacks("service_request_id"), Words("/0/service_notice"), Has("999")]),
    check("POST-requests.answer.token", Post("requests.xml", HELD), 200, &[Has("<service_requests><request><token>"), Lacks("service_request_id")]),
    report("POST-requests.media_url POST-requests.media_url.many POST-requests.media_url.dead",
        picturing!("https://pictures.invalid/1.jpg", "https://pictures.invalid/2.jpg", "https://pictures.invalid/1.jpg"), 200,
        &[Words("/0/service_request_id")]),
    report("POST-requests.media_url.wrong", picturing!("picture.jpg"), 400, &[At("/0/code", "400"), Has("\"media_url must")]),
    report("POST-requests.media_url.wrong", picturing!("https://pictures.invalid/1.jpg", "ftp://pictures.invalid/2.jpg"), 400, &[Rows(1), Has("\"media_url must")]),
    report("POST-requests.media_url.insecure", picturing!("http://pictures.invalid/1.jpg"), 200, &[Words("/0/service_request_id")]),
    report("POST-requests.media_url.wrong", picturing!("https://ada:secret@pictures.invalid/1.jpg"), 400, &[Has("\"media_url must"), Lacks("secret")]),
    check("POST-requests.media_url.wrong", Post("requests.xml", picturing!("nowhere")), 400, &[ERRORS, Has("<description>media_url must")]),
    report("POST-requests.media_url.inner", picturing!("https://127.0.0.1/1.jpg", "https://[::1]/1.jpg", "https://169.254.169.254/latest"), 400,
        &[Rows(3), Has("\"media_url must lie on a public server")]),
    report("POST-requests.media_url.inner", picturing!("https://2130706433/1.jpg"), 400, &[Has("public server")]),
    report("POST-requests.media_url.too-many", picturing!("https://p.invalid/1", "https://p.invalid/2", "https://p.invalid/3", "https://p.invalid/4",
        "https://p.invalid/5", "https://p.invalid/6", "https://p.invalid/7", "https://p.invalid/8", "https://p.invalid/9", "https://p.invalid/10",
        "https://p.invalid/11"), 400, &[At("/0/code", "400"), Has("\"media_url must have at most 10")]),
    check("FORMAT.query-and-body", Post("requests.json?jurisdiction_id=north-quay", REPORT), 200, &[Words("/0/service_request_id")]),
    report("POST-requests.api_key POST-requests.api_key.wrong", &[("api_key", "wrong-key"), ("service_code", "fly-tipping"),
        ("address_string", "here"), ("description", "By a wrong key.")], 403, &[At("/0/code", "403"), Lacks("wrong-key")]),
    check("POST-requests.api_key.wrong", Get("requests.json"), 200, &[Has("{id}"), Lacks("By a wrong key.")]),
    report("POST-requests.service_code.missing", &[("address_string", "here"), ("description", "d")], 400, &[Has("service_code")]),
    report("POST-requests.service_code.unknown", &[("service_code", "none"), ("address_string", "here"), ("description", "d")], 404, &[Has("service_code")]),
    report("POST-requests.case", &[("service_code", "FLY-TIPPING"), ("address_string", "here"), ("description", "In capitals.")], 404,
        &[Rows(1), At("/0/code", "404"), Has("service_code"), Has("FLY-TIPPING")]),
    check("POST-requests.case", Get("requests.json"), 200, &[Has("{id}"), Lacks("In capitals.")]),
    check("POST-requests.case", Get("services/FLY-TIPPING.json"), 404, &[Has("service_code"), Has("FLY-TIPPING")]),
    check("POST-requests.case", Get("requests.json?service_code=FLY-TIPPING"), 404, &[Has("service_code"), Has("FLY-TIPPING")]),
    report("POST-requests.address_id.foreign", &[("service_code", "fly-tipping"), ("address_id", "#X#"), ("description", "d")], 400, &[Has("address_id")]),
    report("POST-requests.location.missing", &[("service_code", "fly-tipping"), ("description", "d")], 400, &[Has("lat and long, address_string or address_id")]),
    report("POST-requests.lat.alone", &[("service_code", "fly-tipping"), ("lat", "51.5"), ("description", "d")], 400, &[Has("lat and long")]),
    report("POST-requests.lat.wrong", &[("service_code", "fly-tipping"), ("lat", "NaN"), ("long", "0"), ("description", "d")], 400, &[Has("lat must")]),
    report("POST-requests.lat.wrong", &[("service_code", "fly-tipping"), ("lat", "91"), ("long", "0"), ("description", "d")], 400, &[Has("\"lat ")]),
    report("POST-requests.email.wrong", &[("service_code", "fly-tipping"), ("address_string", "here"), ("description", "d"), ("email", "nobody")], 400, &[Has("\"email ")]),
    report("POST-requests.duplicate-name", &[("service_code", "fly-tipping"), ("lat", "1"), ("lat", "2"), ("description", "d")], 400, &[Has("lat is given")]),
    report("POST-requests.attribute.required", &[("service_code", "lamps"), ("address_string", "here"), ("description", "d")], 400,
        &[Has("attribute[kind] is needed: Which lamp?")]),
    report("POST-requests.attribute.required", &[("service_code", "lamps"), ("address_string", "here"), ("description", "d"), ("attribute[kind]", "post")], 400,
        &[Has("attribute[height] is needed: How tall is it?")]),
    report("POST-requests.attribute.wrong", &[("service_code", "lamps"), ("address_string", "here"), ("description", "d"), ("attribute[kind]", "roof")], 400, &[Has("attribute[kind]")]),
    check("POST-requests.idempotency-key.wrong", Sending("requests.json", &[("idempotency-key", "seven")], REPORT), 400, &[Has("Idempotency-Key")]),
    check("POST-requests.idempotency-key.wrong", Sending("requests.json", &[("idempotency-key", "über")], REPORT), 400, &[Has("Idempotency-Key")]),
    check("POST-requests.idempotency-key.wrong", Sending("requests.json", TWO_KEYS, REPORT), 400, &[Has("Idempotency-Key")]),

    check("GET-requests.path GET-requests.no-key", Get("requests.json"), 200, &[JSON, Has("{id}")]),
    check("GET-requests.service_request_id GET-requests.service_request_id.unknown GET-requests.service_request_id.repeated \
        GET-requests.service_request_id.blank", Get("requests.json?service_request_id=%20{id},,{id},nothing,{other}"), 200, &[Rows(2)]),
    check("GET-requests.service_request_id.overrides", Get("requests.json?service_request_id={id}&status=nonsense"), 200, &[Rows(1)]),
    check("GET-requests.service_code", Get("requests.json?service_code=lamps"), 200, &[Has("{other}"), Lacks("{id}")]),
    check("GET-requests.service_code.unknown", Get("requests.json?service_code=none"), 404, &[Has("service_code")]),
    check("GET-requests.end_date", Get("requests.json?end_date={now}"), 200, &[Has("{id}"), Has("{early}")]),
    check("GET-requests.end_date", Get("requests.json?end_date={earlier}"), 200,
        &[Rows(2), Has("{early}"), Has("{old}"), Within("requested_datetime", "{start}", "{earlier}")]),
    check("GET-requests.start_date GET-requests.end_date", Get("requests.json?start_date={earlier}&end_date={later}"), 200,
        &[Has("{id}"), Lacks("{early}"), Lacks("{old}"), Within("requested_datetime", "{earlier}", "{later}")]),
    check("GET-requests.start_date", Get("requests.json?start_date={later}"), 200, &[Rows(0)]),
    check("GET-requests.dates.wide", Get("requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-05-01T00:00:00Z"), 400, &[Has("start_date and end_date")]),
    check("GET-requests.dates.reversed", Get("requests.json?start_date={later}&end_date={earlier}"), 400, &[Has("start_date"), Has("end_date")]),
    check("GET-requests.status", Get("requests.json?status=closed"), 200, &[Rows(0)]),
    check("GET-requests.status", Get("requests.json?status=open,closed"), 200, &[Has("{id}")]),
    check("GET-requests.status.wrong", Get("requests.json?status=lost"), 400, &[Has("status")]),
    check("GET-requests.page GET-requests.page_size", Get("requests.json?page=2&page_size=1"), 200, &[Rows(1)]),
    check("GET-requests.page.wrong", Get("requests.json?page=0"), 400, &[Has("page")]),
    check("GET-requests.page.deep", Get("requests.json?page=6&page_size=1000"), 400, &[Has("start_date")]),
    check("GET-requests.updated_after", Get("requests.json?updated_after={now}"), 200,
        &[Has("{id}"), Lacks("{early}"), Within("updated_datetime", "{now}", "{later}")]),
    check("GET-requests.updated_before", Get("requests.json?updated_before={earlier}"), 200,
        &[Rows(2), Has("{early}"), Has("{old}"), Within("updated_datetime", "{start}", "{earlier}")]),
    check("GET-requests.updated_after.wrong", Get("requests.json?updated_after=soon"), 400, &[Has("updated_after")]),
    check("GET-requests.field.service_request_id GET-requests.field.status GET-requests.field.service_code GET-requests.field.agency_responsible \
        GET-requests.field.service_notice GET-requests.field.lat GET-request.path GET-request.no-key", Get("requests/{id}.json"), 200,
        &[Rows(1), At("/0/service_request_id", "\"{id}\""), At("/0/status", "\"open\""), At("/0/service_code", "\"fly-tipping\""),
        At("/0/agency_responsible", "\"Street Scene\""), At("/0/service_notice", "\"Fly-tips are removed within 2 working days.\""), At("/0/lat", "51.5")]),
    check("GET-requests.field.status_notes GET-requests.field.service_name GET-requests.field.address GET-requests.field.address_id \
        GET-requests.field.zipcode GET-requests.field.long", Get("requests/{id}.json"), 200,
        &[At("/0/status_notes", "null"), At("/0/service_name", "\"Fly-tipping\""), At("/0/address", "\"12 Quay Lane\""),
        At("/0/address_id", "null"), At("/0/zipcode", "null"), At("/0/long", "-0.1")]),
    check("GET-requests.field.status_notes GET-requests.field.service_name GET-requests.field.address GET-requests.field.address_id \
        GET-requests.field.zipcode GET-requests.field.lat GET-requests.field.long", Get("requests/{id}.xml"), 200,
        &[Has("<status_notes></status_notes><service_name>Fly-tipping</service_name><service_code>fly-tipping</service_code>"),
        Has("<address>12 Quay Lane</address><address_id></address_id><zipcode></zipcode><lat>51.5</lat><long>-0.1</long>")]),
    // Reported on a Tuesday; two working days end with the last second of Thursday in London.
    check("GET-requests.field.requested_datetime GET-requests.field.updated_datetime GET-requests.field.expected_datetime",
        Get("requests/{id}.json"), 200, &[At("/0/requested_datetime", "\"{now}\""), At("/0/updated_datetime", "\"{now}\""),
        At("/0/expected_datetime", "\"2026-06-04T22:59:59Z\"")]),
    check("GET-requests.field.requested_datetime GET-requests.field.updated_datetime", Get("requests/{early}.json"), 200,
        &[At("/0/requested_datetime", "\"{then}\""), At("/0/updated_datetime", "\"{then}\"")]),
    check("GET-requests.field.expected_datetime GET-requests.field.service_notice GET-requests.field.agency_responsible",
        Get("requests/{other}.json"), 200,
        &[At("/0/expected_datetime", "null"), At("/0/service_notice", "null"), At("/0/agency_responsible", "null")]),
    check("GET-requests.field.description", Get("requests/{id}.json"), 200, &[At("/0/description", "\"<b>&\\\"'</b> ]]> über €\"")]),
    check("GET-requests.field-order", Get("requests/{id}.xml"), 200, &[Order(&["<service_request_id>", "<status>", "<status_notes>",
        "<service_name>", "<service_code>", "<description>", "<agency_responsible>", "<service_notice>", "<requested_datetime>",
        "<updated_datetime>", "<expected_datetime>", "<address>", "<address_id>", "<zipcode>", "<lat>", "<long>", "<media_url>"])]),
    check("GET-requests.no-people", Get("requests.json"), 200, &[Lacks("ann@example.org")]),
    check("GET-request.reference", Get("requests/{reference}.json"), 200, &[At("/0/service_request_id", "\"{id}\"")]),
    check("GET-request.hostile", Get("requests/x%22%20OR%20open%3Dtrue.json"), 404, &[JSON]),
    check("GET-request.hostile", Get("requests/%ff"), 404, &[JSON]),
    check("GET-requests.field.media_url", Get("requests/{id}.json"), 200, &[At("/0/media_url", "null")]),

    check("GET-token.path GET-token.service_request_id GET-token.token GET-token.no-key", Get("tokens/{freed}.json"), 200,
        &[JSON, Rows(1), At("/0/service_request_id", "\"{freed-id}\""), At("/0/token", "\"{freed}\"")]),
    check("GET-token.path GET-token.service_request_id GET-token.token", Get("tokens/{freed}.xml"), 200, &[XML, Has(
        "<service_requests><request><service_request_id>{freed-id}</service_request_id><token>{freed}</token></request></service_requests>")]),
    check("GET-token.service_request_id", Get("requests/{freed-id}.json"), 200, &[Rows(1), At("/0/service_request_id", "\"{freed-id}\"")]),
    check("GET-token.waiting", Get("tokens/{held}.json"), 200, &[Rows(1), At("/0/service_request_id", "null"), At("/0/token", "\"{held}\"")]),
    check("GET-token.waiting", Get("tokens/{held}.xml"), 200, &[Has("<service_request_id></service_request_id><token>{held}</token>")]),
    check("GET-token.unknown", Get("tokens/nothing.json"), 404, &[At("/0/code", "404"), Has("token")]),
    check("GET-token.unknown", Get("tokens/{id}.xml"), 404, &[ERRORS, Has("token")]),
    check("GET-token.no-key", Get("tokens/{held}.json?api_key={key}"), 200, &[At("/0/service_request_id", "null")]),
    check("ERROR.method", Delete("tokens/{held}.xml"), 405, &[Allow("GET, HEAD"), ERRORS]),

    check("GET-updates.path GET-updates.no-key GET-updates.field-order", Get("servicerequestupdates.xml"), 200, &[XML, Order(&[
        "<service_request_updates><request_update>", "<update_id>", "<service_request_id>", "<status>", "<updated_datetime>", "<description>",
        "<media_url>", "<external_status_code>", "<customer_reference>"])]),
    check("GET-updates.no-key", Get("servicerequestupdates.json?api_key={key}"), 200, &[Has("{id}")]),
    check("GET-updates.no-key", Get("servicerequestupdates.json?api_key=wrong"), 403, &[]),
    check("GET-updates.dates.none", Get("servicerequestupdates.json"), 200, &[Has("{id}"), Has("{early}"), Lacks("{old}")]),
    check("GET-updates.dates.none", Get("servicerequestupdates.json?start_date={start}"), 200, &[Has("{id}"), Has("{early}"), Has("{old}")]),
    check("GET-updates.dates.none GET-updates.service_request_id", Get("servicerequestupdates.json?service_request_id={old}"), 200,
        &[Rows(1), At("/0/service_request_id", "\"{old}\""), At("/0/updated_datetime", "\"{start}\"")]),
    check("GET-updates.service_request_id GET-updates.field.update_id GET-updates.field.service_request_id \
        GET-updates.field.status GET-updates.field.updated_datetime GET-updates.field.description GET-updates.field.media_url \
        GET-updates.field.external_status_code GET-updates.field.customer_reference", Get("servicerequestupdates.json?service_request_id={reference}"), 200,
        &[Rows(1), Words("/0/update_id"), At("/0/service_request_id", "\"{id}\""), At("/0/status", "\"OPEN\""), At("/0/updated_datetime", "\"{now}\""),
        At("/0/description", "\"Sent to Street Scene.\""), At("/0/media_url", "null"), At("/0/external_status_code", "\"routed\""),
        At("/0/customer_reference", "\"{reference}\"")]),
    check("GET-updates.start_date", Get("servicerequestupdates.json?start_date={now}"), 200,
        &[Has("{id}"), Lacks("{early}"), Within("updated_datetime", "{now}", "{later}")]),
    check("GET-updates.start_date", Get("servicerequestupdates.json?start_date={later}"), 200, &[Rows(0)]),
    check("GET-updates.end_date", Get("servicerequestupdates.json?end_date={now}"), 200, &[Has("{id}")]),
    check("GET-updates.end_date", Get("servicerequestupdates.json?end_date={earlier}"), 200,
        &[Rows(1), Has("{early}"), Within("updated_datetime", "{start}", "{earlier}")]),
    check("GET-updates.dates.wrong", Get("servicerequestupdates.json?start_date=soon"), 400, &[Has("start_date")]),
    check("GET-updates.page", Get("servicerequestupdates.json?page=1&page_size=1"), 200, &[Rows(1)]),

    update("POST-updates.api_key.missing", &[("update_id", "1"), ("service_request_id", "{id}")], 403, &[At("/0/code", "403"), Has("api_key")]),
    update("POST-updates.update_id.missing POST-updates.service_request_id.missing POST-updates.status.missing POST-updates.updated_datetime.missing",
        &[("api_key", "{key}")], 400, &[Rows(4), Has("update_id is"), Has("service_request_id is"), Has("status is"), Has("updated_datetime is")]),
    update("POST-updates.status.wrong", said!("0", "LOST"), 400, &[Has("status must")]),
    update("POST-updates.service_request_id.unknown", &[("api_key", "{key}"), ("service_request_id", "none"), ("update_id", "0"),
        ("status", "OPEN"), ("updated_datetime", "{earlier}")], 404, &[Has("service_request_id")]),
    update("POST-updates.updated_datetime.wrong", &[("api_key", "{key}"), ("service_request_id", "{id}"), ("update_id", "0"),
        ("status", "OPEN"), ("updated_datetime", "{later}")], 400, &[Has("updated_datetime")]),
    check("POST-updates.path POST-updates.api_key POST-updates.answer.account_id POST-updates.answer.token POST-updates.description",
        Post("servicerequestupdates.xml", said!("1", "OPEN")), 200,
        &[XML, Has("<service_request_updates><request_update><update_id>"), Lacks("account_id"), Lacks("token")]),
    update("POST-updates.update_id POST-updates.email POST-updates.first_name POST-updates.last_name POST-updates.phone POST-updates.title \
        POST-updates.media_url POST-updates.account_id POST-updates.public_anonymity_required POST-updates.email_alerts_requested \
        POST-updates.service_code POST-updates.attribute", said!("2", "OPEN", "email" = "a@example.org", "first_name" = "A", "last_name" = "-",
        "phone" = "1", "title" = "Ms", "media_url" = "https://a.example/1.jpg", "media_url" = "https://a.example/2.jpg", "account_id" = "a",
        "public_anonymity_required" = "TRUE", "email_alerts_requested" = "FALSE", "service_code" = "x", "attribute[y]" = "z"), 200,
        &[Rows(1), Words("/0/update_id")]),
    update("POST-updates.media_url", said!("m1", "OPEN", "media_url" = "nonsense"), 400, &[Has("\"media_url must")]),
    check("GET-updates.echo GET-updates.order", Get("servicerequestupdates.json?service_request_id={id}"), 200,
        &[Rows(3), At("/1/description", "\"Said there.\""), Lacks("a@example.org")]),
    update("POST-updates.repeat", said!("2", "FIXED"), 200, &[Rows(1)]),
    check("POST-updates.repeat", Get("servicerequestupdates.json?service_request_id={id}"), 200, &[Rows(3), Lacks("FIXED")]),
    update("POST-updates.service_request_id POST-updates.update_id_ext", &[("api_key", "{key}"), ("service_request_id", "{reference}"),
        ("update_id_ext", "3"), ("status", "no further action"), ("updated_datetime", "{now}")], 200, &[Rows(1)]),
    update("POST-updates.service_request_id_ext", &[("api_key", "{key}"), ("service_request_id_ext", "4711"), ("update_id", "4"),
        ("status", "OPEN"), ("updated_datetime", "{now}")], 404, &[Has("4711")]),
    update("POST-updates.status", said!("s1", "INVESTIGATING"), 200, &[]),
    update("POST-updates.status", said!("s2", "PLANNED"), 200, &[]),
    update("POST-updates.status", said!("s3", "ACTION_SCHEDULED"), 200, &[]),
    update("POST-updates.status", said!("s4", "DUPLICATE"), 200, &[]),
    update("POST-updates.status", said!("s6", "NO_FURTHER_ACTION"), 200, &[]),
    update("POST-updates.status", said!("s7", "INTERNAL_REFERRAL"), 200, &[]),
    update("POST-updates.status", said!("s8", "CANCELLED"), 200, &[]),
    update("POST-updates.status", said!("s9", "FOR_TRIAGE"), 200, &[]),
    update("POST-updates.status", said!("s10", "REOPEN"), 200, &[]),
    update("POST-updates.role POST-updates.order", &[("api_key", "{key}"), ("service_request_id", "{id}"), ("update_id", "fixed"),
        ("status", "FIXED"), ("updated_datetime", "{now}"), ("description", "Cleared.")], 200, &[Rows(1)]),
    update("POST-updates.order", said!("older", "IN_PROGRESS"), 200, &[Rows(1)]),
    // Before, it would take the issue from the provider whose key this is.
    update("POST-updates.status", said!("s5", "NOT_COUNCILS_RESPONSIBILITY"), 200, &[]),
    check("POST-updates.order POST-updates.role GET-requests.field.status GET-requests.field.status_notes", Get("requests/{id}.json"), 200,
        &[At("/0/status", "\"closed\""), At("/0/status_notes", "\"Cleared.\"")]),
    update("POST-updates.role", &[("api_key", "{key}"), ("service_request_id", "{early}"), ("update_id", "fixed"), ("status", "FIXED"),
        ("updated_datetime", "{now}"), ("description", "Swept.")], 200, &[Rows(1)]),
    check("GET-requests.field.status_notes GET-requests.field.requested_datetime GET-requests.field.updated_datetime \
        GET-requests.field.expected_datetime", Get("requests/{early}.json"), 200,
        &[At("/0/status", "\"closed\""), At("/0/status_notes", "\"Swept.\""), At("/0/requested_datetime", "\"{then}\""),
        At("/0/updated_datetime", "\"{now}\""), At("/0/expected_datetime", "\"2026-06-04T22:59:59Z\"")]),
];

/// After the description of fly-tipping was changed, which is the last thing that was made.
#[rustfmt::skip]
pub(super) const CHANGED: &[Check] = &[
    check("GET-discovery.changeset GET-discovery.endpoint.changeset", Get("discovery.json"), 200,
        &[At("/changeset", "\"{now}\""), At("/endpoints/0/changeset", "\"{now}\"")]),
    check("GET-services.description", Get("services.json"), 200, &[Has("\"description\":\"Heaps of rubbish.\"")]),
];

const HERE: Form = &[
    ("jurisdiction_id", "north-quay"),
    ("service_code", "fly-tipping"),
    ("address_string", "here"),
    ("description", "d"),
];
const NOWHERE: Form = &[
    ("jurisdiction_id", "nowhere"),
    ("service_code", "fly-tipping"),
    ("address_string", "here"),
    ("description", "d"),
];

/// With a second partnership beside it, so that the jurisdiction must be named.
#[rustfmt::skip]
pub(super) const TOGETHER: &[Check] = &[
    check("GET-services.jurisdiction_id", Get("services.json?jurisdiction_id=north-quay"), 200, &[Rows(2)]),
    check("GET-services.jurisdiction_id.missing", Get("services.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-services.jurisdiction_id.unknown", Get("services.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    check("GET-service.jurisdiction_id", Get("services/lamps.json?jurisdiction_id=north-quay"), 200, &[Has("lamps")]),
    check("GET-service.jurisdiction_id.missing", Get("services/lamps.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-service.jurisdiction_id.unknown", Get("services/lamps.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    check("GET-requests.jurisdiction_id", Get("requests.json?jurisdiction_id=south-quay"), 200, &[Rows(0)]),
    check("GET-requests.jurisdiction_id.missing", Get("requests.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-requests.jurisdiction_id.unknown", Get("requests.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    check("GET-request.jurisdiction_id", Get("requests/{id}.json?jurisdiction_id=north-quay"), 200, &[Rows(1)]),
    check("GET-request.jurisdiction_id", Get("requests/{id}.json?jurisdiction_id=south-quay"), 404, &[]),
    check("GET-request.jurisdiction_id.missing", Get("requests/{id}.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-request.jurisdiction_id.unknown", Get("requests/{id}.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    check("GET-token.jurisdiction_id", Get("tokens/{freed}.json?jurisdiction_id=north-quay"), 200, &[At("/0/service_request_id", "\"{freed-id}\"")]),
    check("GET-token.jurisdiction_id", Get("tokens/{freed}.json?jurisdiction_id=south-quay"), 404, &[Has("token")]),
    check("GET-token.jurisdiction_id.missing", Get("tokens/{freed}.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-token.jurisdiction_id.unknown", Get("tokens/{freed}.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    check("GET-updates.jurisdiction_id", Get("servicerequestupdates.json?jurisdiction_id=south-quay"), 200, &[Rows(0)]),
    check("GET-updates.jurisdiction_id.missing", Get("servicerequestupdates.json"), 400, &[Has("jurisdiction_id")]),
    check("GET-updates.jurisdiction_id.unknown", Get("servicerequestupdates.json?jurisdiction_id=nowhere"), 404, &[Has("jurisdiction_id")]),
    report("POST-requests.jurisdiction_id", HERE, 200, &[Rows(1)]),
    report("POST-requests.jurisdiction_id.missing", LAMP_BY_ADDRESS, 400, &[Has("jurisdiction_id")]),
    report("POST-requests.jurisdiction_id.unknown", NOWHERE, 404, &[Has("jurisdiction_id")]),
    update("POST-updates.jurisdiction_id", said!("j1", "OPEN", "jurisdiction_id" = "north-quay"), 200, &[Rows(1)]),
    update("POST-updates.jurisdiction_id.missing", said!("j2", "OPEN"), 400, &[Has("jurisdiction_id")]),
    update("POST-updates.jurisdiction_id.unknown", said!("j3", "OPEN", "jurisdiction_id" = "nowhere"), 404, &[Has("jurisdiction_id")]),
];
