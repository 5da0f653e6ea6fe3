//! The answers kept for repeated requests, where they hold what must be erased before their day is over.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde_json::Value;
use uuid::Uuid;

use crate::rows::request_record::{ActiveModel, Column, Entity};

/// How many answers are read at once.
const PER_ROUND: u64 = 100;

/// Rewrites the texts in the answers that mention `about`: each text for which `rewrite` answers another is replaced by that.
///
/// # Errors
///
/// When the database fails.
pub async fn rewrite_kept_answers<C: ConnectionTrait>(
    conn: &C,
    about: Uuid,
    rewrite: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<(), DbErr> {
    let mut offset = 0;
    loop {
        let query = Entity::find().filter(Column::Answer.contains(about.to_string()));
        let records = sea_orm::QueryOrder::order_by_asc(query, Column::RequestId);
        let records = records.offset(offset).limit(PER_ROUND).all(conn).await?;
        if records.is_empty() {
            return Ok(());
        }
        offset += PER_ROUND;
        for record in records {
            let Some(answer) = rewritten(&record.answer, rewrite) else { continue };
            let row = ActiveModel { answer: sea_orm::ActiveValue::Set(answer), ..ActiveModel::default() };
            let update = Entity::update_many().set(row).filter(Column::RequestId.eq(record.request_id));
            update.filter(Column::CallerId.eq(record.caller_id)).exec(conn).await?;
        }
    }
}

/// The answer with its texts rewritten; none where nothing changes.
fn rewritten(answer: &str, rewrite: &(dyn Fn(&str) -> Option<String> + Sync)) -> Option<String> {
    let mut answer: Value = serde_json::from_str(answer).ok()?;
    rewrite_texts(&mut answer, rewrite).then(|| answer.to_string())
}

fn rewrite_texts(value: &mut Value, rewrite: &(dyn Fn(&str) -> Option<String> + Sync)) -> bool {
    match value {
        Value::String(text) => rewrite(text).map(|other| *text = other).is_some(),
        Value::Array(values) => values.iter_mut().fold(false, |found, value| rewrite_texts(value, rewrite) | found),
        Value::Object(fields) => fields.values_mut().fold(false, |found, value| rewrite_texts(value, rewrite) | found),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_rewritten_wherever_they_stand() {
        let rewrite = |text: &str| (text == "Ada").then(|| "a resident".to_owned());
        let answer = r#"{"a":["Ada",1,{"b":"Ada"}],"c":"Adam"}"#;
        let other = r#"{"a":["a resident",1,{"b":"a resident"}],"c":"Adam"}"#;
        assert_eq!(rewritten(answer, &rewrite).as_deref(), Some(other));
        assert_eq!(rewritten(other, &rewrite), None);
        assert_eq!(rewritten("no JSON", &rewrite), None);
    }
}
