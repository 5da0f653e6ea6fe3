//! The words of issues are lists of their own, one row a word and issue, alike on both databases.

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, Statement};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use crate::domain::words;
use crate::store::entity::issue::word_row;

/// Makes the lists in place of the index of texts.
pub(super) struct WordLists;

impl MigrationName for WordLists {
    fn name(&self) -> &'static str {
        "m0008_issues_word_lists"
    }
}

/// Nothing but its key is in a row, so the table is that key's tree.
const SQLITE: &str = "CREATE TABLE issue_word (partnership_id BLOB NOT NULL, word TEXT NOT NULL, issue_id BLOB NOT NULL, \
    PRIMARY KEY (partnership_id, word, issue_id)) WITHOUT ROWID";
/// Words are compared letter by letter, whatever the language of the server.
const POSTGRES: &str = "CREATE TABLE issue_word (partnership_id uuid NOT NULL, word text COLLATE \"C\" NOT NULL, \
    issue_id uuid NOT NULL, PRIMARY KEY (partnership_id, word, issue_id))";
const TEXTS: &str = "SELECT id, partnership_id, title, description, category_name, address, location_text FROM issue \
    WHERE id > $1 ORDER BY id LIMIT 500";

#[async_trait::async_trait]
impl MigrationTrait for WordLists {
    /// All or nothing, on SQLite, too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        manager.get_connection().execute_unprepared(if is_sqlite { SQLITE } else { POSTGRES }).await?;
        let mut last = Some(Uuid::nil());
        while let Some(after) = last {
            last = take_in_some(manager, after).await?;
        }
        drop_texts(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("issue_word").to_owned()).await?;
        super::m0006_words::make(manager).await
    }
}

async fn drop_texts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ["issue_words", "issue_word_key"] {
        manager.drop_table(Table::drop().table(table).if_exists().to_owned()).await?;
    }
    Ok(())
}

/// Takes in the words of some issues; answers the last of them, unless there are no more.
async fn take_in_some(manager: &SchemaManager<'_>, after: Uuid) -> Result<Option<Uuid>, DbErr> {
    let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
    let some = Statement::from_sql_and_values(backend, TEXTS, [after.into()]);
    let mut last = None;
    for row in connection.query_all_raw(some).await? {
        let (id, partnership_id): (Uuid, Uuid) = (row.try_get("", "id")?, row.try_get("", "partnership_id")?);
        let text = |column: &str| row.try_get::<String>("", column);
        let (title, description) = (text("title")?, text("description")?);
        let (category, address, place) = (text("category_name")?, text("address")?, text("location_text")?);
        let words = words::distinct([&title, &description, &category, &address, &place]);
        let rows = words.into_iter().map(|word| word_row::ActiveModel {
            partnership_id: Set(partnership_id),
            word: Set(word),
            issue_id: Set(id),
        });
        let rows: Vec<word_row::ActiveModel> = rows.collect();
        if !rows.is_empty() {
            word_row::Entity::insert_many(rows).exec_without_returning(connection).await?;
        }
        last = Some(id);
    }
    Ok(last)
}
