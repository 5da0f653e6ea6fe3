//! Versions of the tables. A released one is never edited: add another.

mod sign_in;

use sea_orm_migration::prelude::*;

/// Brings the tables up to date.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = pathfinder_kit::migration::all();
        all.push(Box::new(Founding));
        all.push(Box::new(sign_in::SignIn));
        all
    }
}

struct Founding;

impl MigrationName for Founding {
    fn name(&self) -> &'static str {
        "m0001_identity_founding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Founding {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(person()).await?;
        manager.create_table(role_grant()).await?;
        manager.create_index(grants_by_person()).await?;
        manager.create_table(signing_key()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["signing_key", "role_grant", "person"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

fn person() -> TableCreateStatement {
    Table::create()
        .table("person")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(text("login").unique_key())
        .col(text("display_name"))
        .col(text("kind"))
        .col(ColumnDef::new("create_time").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned()
}

fn role_grant() -> TableCreateStatement {
    Table::create()
        .table("role_grant")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("person_id").uuid().not_null())
        .col(text("role"))
        .col(ColumnDef::new("partnership_id").uuid())
        .col(ColumnDef::new("provider_id").uuid())
        .foreign_key(ForeignKey::create().from("role_grant", "person_id").to("person", "id"))
        .to_owned()
}

fn grants_by_person() -> IndexCreateStatement {
    Index::create().name("role_grant_person").table("role_grant").col("person_id").to_owned()
}

fn signing_key() -> TableCreateStatement {
    Table::create()
        .table("signing_key")
        .col(text("key_id").primary_key())
        .col(text("seed"))
        .col(text("public_x"))
        .col(ColumnDef::new("create_time").timestamp_with_time_zone().not_null())
        .to_owned()
}
