//! Issues are found by their words.

use pathfinder_kit::migration::id;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use crate::domain::words;

/// Adds the index of words, and the words of what is there.
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
const TEXTS: &str = "SELECT id, title, description, category_name, address, location_text FROM issue \
    WHERE id > $1 ORDER BY id LIMIT 1000";

#[async_trait::async_trait]
impl MigrationTrait for Words {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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
        let mut last = Some(Uuid::nil());
        while let Some(after) = last {
            last = take_in_some(manager, after).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("issue_words").to_owned()).await?;
        manager.drop_table(Table::drop().table("issue_word_key").if_exists().to_owned()).await
    }
}

/// Takes in the words of some issues; answers the last of them, unless there are no more.
async fn take_in_some(manager: &SchemaManager<'_>, after: Uuid) -> Result<Option<Uuid>, DbErr> {
    let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
    let some = Statement::from_sql_and_values(backend, TEXTS, [after.into()]);
    let mut last = None;
    for row in connection.query_all_raw(some).await? {
        let id: Uuid = row.try_get("", "id")?;
        let text = |column: &str| row.try_get::<String>("", column);
        let (title, description) = (text("title")?, text("description")?);
        let (category, address, place) = (text("category_name")?, text("address")?, text("location_text")?);
        let words = words::of([&title, &description, &category, &address, &place]);
        crate::store::words::put(connection, id.into(), &words).await?;
        last = Some(id);
    }
    Ok(last)
}
