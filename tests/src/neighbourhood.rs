//! A partnership with all that belongs to it: constitution, seats and members, staff, a provider with its people, a category,
//! a standard and a routing rule. Everything is made through the contracts, as the people entitled to it.

use serde_json::{Value, json};

use crate::world::{ADMINISTRATOR, House, World, text};

/// The middle of the neighbourhood.
pub const LATITUDE: f64 = 51.5;
/// The middle of the neighbourhood.
pub const LONGITUDE: f64 = -0.1;
/// How far a neighbourhood reaches to each side of its middle, in degrees.
pub const REACH: f64 = 0.024;
/// The category that is routed to the provider.
pub const CATEGORY: &str = "fly-tipping";
/// The kinds of the board's seats, resident first; the first member presides.
pub const SEATS: [&str; 6] = ["RESIDENT", "RESIDENT", "RESIDENT", "COUNCILLOR", "POLICE", "VOLUNTARY"];

/// What a test needs to know of a partnership that it made.
#[derive(Debug, Clone)]
pub struct Neighbourhood {
    /// The partnership.
    pub partnership_id: String,
    /// Its name in addresses; every login begins with it.
    pub slug: String,
    /// The members of the board, in the order of [`SEATS`].
    pub member_ids: Vec<String>,
    /// The provider that the category is routed to.
    pub provider_id: String,
    /// The provider's standard for the category: two working days.
    pub standard_id: String,
    /// The category's id.
    pub category_id: String,
    /// The rule that routes the category.
    pub routing_rule_id: String,
    /// The manager's person.
    pub manager_id: String,
    /// The officer's person.
    pub officer_id: String,
}

impl Neighbourhood {
    /// Founds a partnership with all that belongs to it.
    pub async fn found<H: House>(world: &World<H>, slug: &str, prefix: &str) -> Self {
        Self::found_around(world, slug, prefix, (LATITUDE, LONGITUDE)).await
    }

    /// Founds a partnership with all that belongs to it, around a middle (degrees north, degrees east). It is a square that reaches
    /// [`REACH`] to each side.
    pub async fn found_around<H: House>(world: &World<H>, slug: &str, prefix: &str, middle: (f64, f64)) -> Self {
        let partnership_id = found_partnership(world, slug, prefix, middle).await;
        let mut hood = Self {
            partnership_id,
            slug: slug.to_owned(),
            member_ids: Vec::new(),
            provider_id: String::new(),
            standard_id: String::new(),
            category_id: String::new(),
            routing_rule_id: String::new(),
            manager_id: String::new(),
            officer_id: String::new(),
        };
        hood.employ_staff(world).await;
        hood.adopt_constitution(world).await;
        hood.seat_members(world).await;
        hood.provider_id = hood.add_provider(world, "Street Scene").await;
        hood.employ_provider(world).await;
        hood.pledge(world).await;
        hood
    }

    /// The login of the neighbourhood manager.
    #[must_use]
    pub fn manager(&self) -> String {
        self.login("manager")
    }

    /// The login of the chair.
    #[must_use]
    pub fn chair(&self) -> String {
        self.login("chair")
    }

    /// The login of the provider's officer.
    #[must_use]
    pub fn officer(&self) -> String {
        self.login("officer")
    }

    /// The login of the provider's signatory.
    #[must_use]
    pub fn signatory(&self) -> String {
        self.login("signatory")
    }

    /// The login of somebody who sits on the board and is an officer of the provider as well.
    #[must_use]
    pub fn insider(&self) -> String {
        self.login("insider")
    }

    /// The login of a council's machine.
    #[must_use]
    pub fn system(&self) -> String {
        self.login("system")
    }

    /// The login of somebody who may only read.
    #[must_use]
    pub fn observer(&self) -> String {
        self.login("observer")
    }

    /// A login in this partnership.
    #[must_use]
    pub fn login(&self, who: &str) -> String {
        format!("{}-{who}", self.slug)
    }

    /// A message about this partnership: `fields` and the partnership's id.
    ///
    /// # Panics
    ///
    /// When `fields` are not an object.
    #[must_use]
    pub fn with(&self, mut fields: Value) -> Value {
        let object = fields.as_object_mut().expect("a message is an object");
        object.insert("partnership_id".to_owned(), json!(self.partnership_id));
        fields
    }

    /// A report of fly-tipping, as a resident sends it.
    #[must_use]
    pub fn report(&self, title: &str) -> Value {
        let place = json!({"point": {"latitude": LATITUDE, "longitude": LONGITUDE}, "address": "12 Quay Lane"});
        self.with(json!({
            "category_code": CATEGORY, "title": title, "description": "Two mattresses and a fridge.",
            "location": place, "source": "ISSUE_SOURCE_WEB",
        }))
    }

    /// A role here, for a person or for the provider's people.
    #[must_use]
    pub fn grant(&self, role: &str) -> Value {
        let role_word = format!("ROLE_{role}");
        if role.starts_with("PROVIDER") {
            return self.with(json!({"role": role_word, "provider_id": self.provider_id}));
        }
        self.with(json!({"role": role_word}))
    }

    async fn employ_staff<H: House>(&mut self, world: &World<H>) {
        let staff = [
            ("manager", "Ruth Adeyemi", "MANAGER"),
            ("chair", "Amina Rahman", "CHAIR"),
            ("accountable", "Council Finance", "ACCOUNTABLE_BODY"),
            ("observer", "Visiting Scholar", "OBSERVER"),
        ];
        for (who, name, role) in staff {
            let id = world.enrol(&self.login(who), name, "PRINCIPAL_KIND_PERSON", &[self.grant(role)]).await;
            if who == "manager" {
                self.manager_id = id;
            }
        }
        let name = "Council case system";
        world.enrol(&self.system(), name, "PRINCIPAL_KIND_SYSTEM", &[self.grant("SYSTEM")]).await;
    }

    async fn adopt_constitution<H: House>(&self, world: &World<H>) {
        let rules = json!({"casting_vote": true, "quorum": {"minimum_count": 4, "one_in": 3}});
        let adopted = self.with(json!({"effective_from_date": "2020-01-01", "rules": rules}));
        world.must(&self.manager(), "PartnershipService/AdoptConstitution", adopted).await;
    }

    async fn seat_members<H: House>(&mut self, world: &World<H>) {
        for (index, category) in SEATS.iter().enumerate() {
            let seat = self
                .with(json!({"category": format!("SEAT_CATEGORY_{category}"), "name": format!("Seat {}", index + 1)}));
            let seat = world.must(&self.manager(), "MemberService/CreateSeat", seat).await;
            let role = if index == 0 { "MEMBER_ROLE_CHAIR" } else { "MEMBER_ROLE_NONE" };
            let member =
                self.with(json!({"seat_id": seat["seatId"], "name": format!("Member {}", index + 1), "role": role}));
            let member = world.must(&self.manager(), "MemberService/AppointMember", member).await;
            self.member_ids.push(text(&member, "memberId"));
        }
    }

    /// Adds a provider.
    pub async fn add_provider<H: House>(&self, world: &World<H>, name: &str) -> String {
        let provider = self.with(json!({"name": name, "kind": "PROVIDER_KIND_COUNCIL"}));
        text(&world.must(&self.manager(), "ProviderService/CreateProvider", provider).await, "providerId")
    }

    /// Adds a category, and a rule that routes it to a provider.
    pub async fn add_category<H: House>(&self, world: &World<H>, code: &str, name: &str, provider_id: &str) {
        let manager = self.manager();
        let category = self.with(json!({"code": code, "name": name}));
        world.must(&manager, "CategoryService/CreateCategory", category).await;
        let rule = self.with(json!({"position": 20, "category_code": code, "provider_id": provider_id}));
        world.must(&manager, "RoutingRuleService/CreateRoutingRule", rule).await;
    }

    async fn employ_provider<H: House>(&mut self, world: &World<H>) {
        let person = "PRINCIPAL_KIND_PERSON";
        let officer = self.grant("PROVIDER_OFFICER");
        self.officer_id = world.enrol(&self.officer(), "Dan Fisher", person, std::slice::from_ref(&officer)).await;
        world.enrol(&self.signatory(), "Head of Street Scene", person, &[self.grant("PROVIDER_SIGNATORY")]).await;
        world.enrol(&self.insider(), "Ivy Cole", person, &[officer, self.grant("BOARD_MEMBER")]).await;
    }

    async fn pledge<H: House>(&mut self, world: &World<H>) {
        let manager = self.manager();
        let category = self.with(json!({"code": CATEGORY, "name": "Fly-tipping"}));
        self.category_id = text(&world.must(&manager, "CategoryService/CreateCategory", category).await, "categoryId");
        let standard = json!({"code": "fly-tip-removal", "provider_id": self.provider_id, "category_code": CATEGORY, "terms": pledge("2020-01-01")});
        let standard = world.must(&manager, "StandardService/CreateStandard", self.with(standard)).await;
        self.standard_id = text(&standard, "standardId");
        let rule = self.with(json!({"position": 10, "category_code": CATEGORY, "provider_id": self.provider_id}));
        let rule = world.must(&manager, "RoutingRuleService/CreateRoutingRule", rule).await;
        self.routing_rule_id = text(&rule, "routingRuleId");
    }
}

/// The terms of the provider's standard, in force from a day on.
#[must_use]
pub fn pledge(from: &str) -> Value {
    json!({
        "text": "Fly-tips are removed within 2 working days.", "measure": "STANDARD_MEASURE_RESOLUTION_TIME",
        "target_value": 2.0, "unit": "STANDARD_UNIT_WORKING_DAYS", "clock_start": "CLOCK_START_REPORTED",
        "pause_reasons": ["awaiting_access"], "target_percent": 90.0, "effective_from_date": from,
    })
}

async fn found_partnership<H: House>(
    world: &World<H>,
    slug: &str,
    prefix: &str,
    (latitude, longitude): (f64, f64),
) -> String {
    let (south, west, north, east) = (latitude - REACH, longitude - REACH, latitude + REACH, longitude + REACH);
    let square = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    let boundary = json!({"type": "Polygon", "coordinates": [square]}).to_string();
    let founded = json!({
        "name": format!("Partnership {slug}"), "slug": slug, "nation": "NATION_ENGLAND_AND_WALES", "boundary": boundary,
        "ward_codes": ["E05000001"], "accountable_body": "The Council", "themes": ["Clean streets"], "reference_prefix": prefix,
    });
    text(&world.must(ADMINISTRATOR, "PartnershipService/CreatePartnership", founded).await, "partnershipId")
}
