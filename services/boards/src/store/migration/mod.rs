//! The tables of boards, as migrations that run on SQLite and PostgreSQL alike.
//!
//! To change a table, add a migration that expands it, and later one that contracts it; a released one is never edited.

use sea_orm_migration::prelude::*;

mod m0001_founding;
mod m0002_decision_commitments;
mod m0003_decision_reviews;
mod m0004_cluster_notices;
mod m0005_breaches_by_standard;

/// Brings the tables of boards up to date, the kit's own before.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = pathfinder_kit::migration::all();
        migrations.push(Box::new(m0001_founding::Migration));
        migrations.push(Box::new(m0002_decision_commitments::Migration));
        migrations.push(Box::new(m0003_decision_reviews::Migration));
        migrations.push(Box::new(m0004_cluster_notices::Migration));
        migrations.push(Box::new(m0005_breaches_by_standard::Migration));
        migrations
    }
}
