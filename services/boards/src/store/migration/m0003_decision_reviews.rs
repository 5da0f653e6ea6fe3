//! What the accountable body says of decisions, beside them. A decision has one open referral at the most.

use pathfinder_kit::migration::{id, index, maybe_id, text, time};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_boards_decision_reviews"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(decision_review()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("decision_corrects").table("decision").to_owned()).await?;
        manager.drop_table(Table::drop().table("decision_review").to_owned()).await
    }
}

fn decision_review() -> TableCreateStatement {
    Table::create()
        .table("decision_review")
        .col(id("id").primary_key())
        .col(id("partnership_id"))
        .col(id("decision_id"))
        .col(text("kind"))
        .col(text("note"))
        .col(text("reviewer_id"))
        .col(text("reviewer_name"))
        .col(time("review_time"))
        .col(maybe_id("answered_by_id"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let open = Expr::col("kind").eq("referred_back").and(Expr::col("answered_by_id").is_null());
    let one_open = index("decision_review_open", "decision_review", &["decision_id"]);
    [
        index("decision_review_decision", "decision_review", &["decision_id", "id"]),
        one_open.to_owned().unique().cond_where(open).to_owned(),
        index("decision_corrects", "decision", &["corrects_id"]),
    ]
}
