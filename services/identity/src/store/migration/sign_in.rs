//! What people and systems prove themselves with: addresses, one-time links, sessions, keys, form links; and the failures that are
//! counted against guessing.
//!
//! Of every secret only a digest is kept, as 64 hexadecimal digits (see `crate::domain::Digest`). An address lies sealed, with the id of the
//! key that sealed it, beside the fingerprint by which it is found. `signing_key.seed` is sealed as well from now on, in the column that it
//! had: what was written before is sealed at the next start.

use pathfinder_kit::migration::{id, index, maybe_id, maybe_text, maybe_time, text, time};
use sea_orm_migration::prelude::*;

/// An address: sealed, with which key, and by what it is found.
const EMAIL: [&str; 3] = ["email_sealed", "email_key_id", "email_print"];

pub(super) struct SignIn;

impl MigrationName for SignIn {
    fn name(&self) -> &'static str {
        "m0002_identity_sign_in"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SignIn {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Answers kept for repeats held whole people; now they hold ids, and nobody would know the old ones.
        let old = "DELETE FROM request_record WHERE method LIKE '%PeopleService/%'";
        manager.get_connection().execute_unprepared(old).await?;
        for column in EMAIL.map(maybe_text).into_iter().chain([maybe_time("erase_time")]) {
            manager.alter_table(Table::alter().table("person").add_column(column).to_owned()).await?;
        }
        for column in [maybe_time("sign_from_time"), maybe_time("retire_time")] {
            manager.alter_table(Table::alter().table("signing_key").add_column(column).to_owned()).await?;
        }
        for table in
            [sign_in_link(), session(), open_id_flow(), open_id_subject(), credential(), form_link(), attempt()]
        {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables =
            ["attempt", "form_link", "credential", "open_id_subject", "open_id_flow", "session", "sign_in_link"];
        for table in tables {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.drop_index(Index::drop().name("person_email").table("person").to_owned()).await?;
        let of_people = EMAIL.into_iter().chain(["erase_time"]).map(|column| ("person", column));
        let of_keys = ["sign_from_time", "retire_time"].map(|column| ("signing_key", column));
        for (table, column) in of_people.chain(of_keys) {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// Both databases let any number of rows be without an address in the unique index over it.
fn indexes() -> [IndexCreateStatement; 8] {
    [
        index("person_email", "person", &["email_print"]).unique().to_owned(),
        index("sign_in_link_age", "sign_in_link", &["expire_time"]),
        index("session_person", "session", &["person_id", "id"]),
        index("open_id_subject_account", "open_id_subject", &["issuer", "subject_digest"]).unique().to_owned(),
        index("open_id_flow_age", "open_id_flow", &["expire_time"]),
        index("credential_person", "credential", &["person_id", "id"]),
        index("form_link_partnership", "form_link", &["partnership_id", "id"]),
        index("attempt_key", "attempt", &["key", "attempt_time"]),
    ]
}

fn of_person() -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col("person_id").to("person", "id").to_owned()
}

fn sign_in_link() -> TableCreateStatement {
    Table::create()
        .table("sign_in_link")
        .col(id("id").primary_key())
        .col(id("person_id"))
        .col(text("digest").unique_key())
        .col(time("create_time"))
        .col(time("expire_time"))
        .col(maybe_time("use_time"))
        .foreign_key(of_person().from_tbl("sign_in_link"))
        .to_owned()
}

fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(id("id").primary_key())
        .col(id("person_id"))
        .col(text("digest").unique_key())
        .col(text("method"))
        .col(time("create_time"))
        .col(time("use_time"))
        .col(maybe_time("end_time"))
        .foreign_key(of_person().from_tbl("session"))
        .to_owned()
}

/// The nonce and the verifier are sent to the provider later, so they are kept as they are; they are worth nothing without the code
/// that the provider gives to the person's browser.
fn open_id_flow() -> TableCreateStatement {
    Table::create()
        .table("open_id_flow")
        .col(id("id").primary_key())
        .col(text("digest").unique_key())
        .col(text("provider"))
        .col(text("state_digest"))
        .col(text("nonce"))
        .col(text("verifier"))
        .col(text("redirect_uri"))
        .col(time("expire_time"))
        .col(maybe_time("use_time"))
        .to_owned()
}

/// With which account a person signs in at a provider. The account's name is kept as a digest, as some providers name accounts by address.
fn open_id_subject() -> TableCreateStatement {
    Table::create()
        .table("open_id_subject")
        .col(id("person_id"))
        .col(text("issuer"))
        .col(text("subject_digest"))
        .col(time("create_time"))
        .primary_key(Index::create().col("person_id").col("issuer"))
        .foreign_key(of_person().from_tbl("open_id_subject"))
        .to_owned()
}

/// `former_digest` is the secret before the last rotation, good until `overlap_end_time`.
fn credential() -> TableCreateStatement {
    Table::create()
        .table("credential")
        .col(id("id").primary_key())
        .col(id("person_id"))
        .col(text("kind"))
        .col(text("scopes"))
        .col(text("note"))
        .col(text("digest").unique_key())
        .col(maybe_text("former_digest").unique_key())
        .col(maybe_time("overlap_end_time"))
        .col(time("create_time"))
        .col(time("expire_time"))
        .col(maybe_time("revoke_time"))
        .col(maybe_time("use_time"))
        .foreign_key(of_person().from_tbl("credential"))
        .to_owned()
}

fn form_link() -> TableCreateStatement {
    Table::create()
        .table("form_link")
        .col(id("id").primary_key())
        .col(id("partnership_id"))
        .col(id("provider_id"))
        .col(maybe_id("issue_id"))
        .col(maybe_id("commitment_id"))
        .col(text("holder_name"))
        .col(text("creator_id"))
        .col(text("digest").unique_key())
        .col(time("create_time"))
        .col(time("expire_time"))
        .col(maybe_time("revoke_time"))
        .to_owned()
}

/// One failure, counted against what was tried or whoever tried; `key` is a digest of which.
fn attempt() -> TableCreateStatement {
    Table::create().table("attempt").col(id("id").primary_key()).col(text("key")).col(time("attempt_time")).to_owned()
}
