//! What the board hears of issues: those that missed their time, and many that are alike.

use pathfinder_kit::page::Page;
use pathfinder_terms::PartnershipId;
use uuid::Uuid;

use super::{App, Listed};
use crate::domain::breach_notice::BreachNotice;
use crate::domain::cluster_notice::ClusterNotice;
use crate::store::{self, Query};

impl App {
    /// Lists breach notices.
    pub(crate) async fn list_breach_notices(
        &self,
        id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<BreachNotice> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::breach_notice::list(self.host.reader(), id, query).await?;
        Ok(page.close(rows, |notice| notice.id)?)
    }

    /// Lists cluster notices.
    pub(crate) async fn list_cluster_notices(&self, id: PartnershipId, page: &Page<Uuid>) -> Listed<ClusterNotice> {
        self.require_partnership(id).await?;
        let rows = store::cluster_notice::list(self.host.reader(), id, page.after, page.size + 1).await?;
        Ok(page.close(rows, |notice| notice.id)?)
    }
}
