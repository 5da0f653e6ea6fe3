//! The answers kept for repeated requests, where they hold what must be erased before their day is over.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde_json::Value;
use uuid::Uuid;

use crate::rows::request_record::{ActiveModel, Column, Entity};

/// How many answers are read at once.
const PER_ROUND: u64 = 100;

/// What stands in the place of a value, by the name of its field; none where it stays, and its own parts are asked for.
type Rewrite<'a> = &'a (dyn Fn(&str, &Value) -> Option<Value> + Sync);

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
    rewrite_kept_fields(conn, about, &|_, text| rewrite(text)).await
}

/// As [`rewrite_kept_answers`], where the name of its field decides whether a text is replaced. The items of a list have the name of
/// the list.
///
/// # Errors
///
/// When the database fails.
pub async fn rewrite_kept_fields<C: ConnectionTrait>(
    conn: &C,
    about: Uuid,
    rewrite: &(dyn Fn(&str, &str) -> Option<String> + Sync),
) -> Result<(), DbErr> {
    rewrite_kept_values(conn, about, &of_texts(rewrite)).await
}

/// As [`rewrite_kept_fields`] for values of any kind, such as objects: what one is replaced by is not looked through.
///
/// # Errors
///
/// When the database fails.
pub async fn rewrite_kept_values<C: ConnectionTrait>(
    conn: &C,
    about: Uuid,
    rewrite: &(dyn Fn(&str, &Value) -> Option<Value> + Sync),
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

/// A rewrite of texts, as one of values.
fn of_texts(rewrite: &(dyn Fn(&str, &str) -> Option<String> + Sync)) -> impl Fn(&str, &Value) -> Option<Value> + Sync {
    move |field: &str, value: &Value| value.as_str().and_then(|text| rewrite(field, text)).map(Value::String)
}

/// The answer with its values rewritten; none where nothing changes.
fn rewritten(answer: &str, rewrite: Rewrite<'_>) -> Option<String> {
    let mut answer: Value = serde_json::from_str(answer).ok()?;
    rewrite_values(&mut answer, "", rewrite).then(|| answer.to_string())
}

fn rewrite_values(value: &mut Value, field: &str, rewrite: Rewrite<'_>) -> bool {
    if let Some(other) = rewrite(field, value) {
        *value = other;
        return true;
    }
    match value {
        Value::Array(values) => {
            values.iter_mut().fold(false, |found, value| rewrite_values(value, field, rewrite) | found)
        }
        Value::Object(fields) => {
            fields.iter_mut().fold(false, |found, (field, value)| rewrite_values(value, field, rewrite) | found)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_rewritten_wherever_they_stand() {
        let rewrite = |_: &str, text: &str| (text == "Ada").then(|| "a resident".to_owned());
        let answer = r#"{"a":["Ada",1,{"b":"Ada"}],"c":"Adam"}"#;
        let other = r#"{"a":["a resident",1,{"b":"a resident"}],"c":"Adam"}"#;
        assert_eq!(rewritten(answer, &of_texts(&rewrite)).as_deref(), Some(other));
        assert_eq!(rewritten(other, &of_texts(&rewrite)), None);
        assert_eq!(rewritten("no JSON", &of_texts(&rewrite)), None);
    }

    #[test]
    fn texts_are_rewritten_by_the_names_of_their_fields() {
        let rewrite = |field: &str, text: &str| (field == "title" && text == "web").then(|| "fit".to_owned());
        let answer = r#"{"issue":{"source":"web","title":"web"},"title":["web"]}"#;
        let other = r#"{"issue":{"source":"web","title":"fit"},"title":["fit"]}"#;
        assert_eq!(rewritten(answer, &of_texts(&rewrite)).as_deref(), Some(other));
    }

    #[test]
    fn whole_objects_are_rewritten() {
        let rewrite = |field: &str, value: &Value| (field == "place" && value["x"] == 1.5).then_some(Value::Null);
        let answer = r#"[{"place":{"x":1.5}},{"place":{"x":2.5}},{"x":1.5}]"#;
        let other = r#"[{"place":null},{"place":{"x":2.5}},{"x":1.5}]"#;
        assert_eq!(rewritten(answer, &rewrite).as_deref(), Some(other));
        assert_eq!(rewritten(other, &rewrite), None);
    }
}
