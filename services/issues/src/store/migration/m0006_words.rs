//! Issues are found by their words.

use pathfinder_kit::migration::id;
use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::prelude::*;

/// Adds the index of words.
pub(super) struct Words;

impl MigrationName for Words {
    fn name(&self) -> &'static str {
        "m0006_issues_words"
    }
}

/// The words come reduced. This way of parting them takes every letter that is not ASCII for a part of a word, and changes none.
const FTS5: &str = "CREATE VIRTUAL TABLE issue_words USING fts5 (words, tokenize='ascii')";
/// What is erased from an issue must not stand in the index until it is merged some day.
const SECURE_DELETE: &str = "INSERT INTO issue_words (issue_words, rank) VALUES ('secure-delete', 1)";
const KEY: &str = "CREATE TABLE issue_word_key (serial INTEGER PRIMARY KEY, issue_id BLOB NOT NULL UNIQUE)";
const VECTOR: &str = "ALTER TABLE issue_words ADD COLUMN words tsvector NOT NULL";
const GIN: &str = "CREATE INDEX issue_words_words ON issue_words USING gin (words)";

#[async_trait::async_trait]
impl MigrationTrait for Words {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("issue_words").to_owned()).await?;
        manager.drop_table(Table::drop().table("issue_word_key").if_exists().to_owned()).await
    }
}

/// The tables, empty: what is in them is never read any more, as `m0008_word_lists` takes their place.
pub(super) async fn make(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Sqlite {
        connection.execute_unprepared(KEY).await?;
        connection.execute_unprepared(FTS5).await?;
        connection.execute_unprepared(SECURE_DELETE).await?;
    } else {
        let key = id("issue_id").primary_key().to_owned();
        manager.create_table(Table::create().table("issue_words").col(key).to_owned()).await?;
        connection.execute_unprepared(VECTOR).await?;
        connection.execute_unprepared(GIN).await?;
    }
    Ok(())
}
