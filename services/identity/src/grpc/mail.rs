//! Serves `MailService`.

use std::sync::Arc;

use pathfinder_kit::{Failure, Violation, wire};
use pathfinder_proto::identity::v1 as pb;
use pathfinder_proto::identity::v1::mail_service_server::MailService;
use tonic::{Request, Response, Status};

use crate::app::{App, SendLetter};
use crate::domain::email_of;

/// The longest line of a letter, so that with the installation's address in it, it stays below the limit of the standard.
const LONGEST_LINE: usize = 500;

/// Serves `MailService`.
pub(crate) struct Mail {
    app: Arc<App>,
}

impl Mail {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl MailService for Mail {
    async fn send_letter(
        &self,
        request: Request<pb::SendLetterRequest>,
    ) -> Result<Response<pb::SendLetterResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let letter = SendLetter::try_from(message)?;
        self.app.send_letter(&call, letter).await?;
        Ok(Response::new(pb::SendLetterResponse {}))
    }
}

impl TryFrom<pb::SendLetterRequest> for SendLetter {
    type Error = Failure;

    fn try_from(message: pb::SendLetterRequest) -> Result<Self, Failure> {
        let pb::SendLetterRequest { to, subject, text, request_id } = message;
        let mut gather = wire::Gather::default();
        let to = gather.take(email_of(&to).ok_or_else(|| Violation::new("to", "must be an e-mail address")));
        if text.lines().any(|line| line.len() > LONGEST_LINE) {
            gather.report("text", format!("must stand in lines of at most {LONGEST_LINE} characters"));
        }
        gather.finish()?;
        Ok(Self { id: request_id.parse().ok(), to: to.unwrap_or_default(), subject, text })
    }
}
