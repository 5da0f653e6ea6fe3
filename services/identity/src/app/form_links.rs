//! Form links: made, listed, revoked, and changed into tokens.

use chrono::TimeDelta;
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Caller, Failure, Principal, PrincipalKind};
use pathfinder_terms::{PartnershipId, ProviderId};
use uuid::Uuid;

use super::credentials::shown_once;
use super::{App, IssuedToken};
use crate::domain::{Counter, Digest, FormLink, FormTarget};
use crate::error::Error;
use crate::store;

/// A link that is revoked opens nothing any more; a token that it gave before ends within this time.
const FORM_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(2);
/// What the token of a form link opens.
const FORM_LINK_OPENS: [&str; 2] = ["issues", "commitments"];

/// Asks for a link.
pub(crate) struct CreateFormLink {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) provider_id: ProviderId,
    pub(crate) target: FormTarget,
    pub(crate) holder_name: String,
    pub(crate) valid_days: i64,
}

/// A link with its secret part, which is shown this once.
pub(crate) struct NewFormLink {
    pub(crate) form_link: FormLink,
    pub(crate) token: String,
}

impl App {
    /// Makes a link. Its secret is not kept, so a repeat is refused, not answered again. Whether the issue or commitment is that provider's is judged
    /// by its own service whenever the link is used.
    pub(crate) async fn create_form_link(&self, call: &Call, command: &CreateFormLink) -> Result<NewFormLink, Error> {
        call.permit(&Subject::record(command.partnership_id, Some(command.provider_id)))?;
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else {
            return Err(shown_once("Revoke the link and make another if it was lost.").into());
        };
        let token = self.host.ids().capability();
        let form_link = FormLink {
            id: self.host.next_id(call.now),
            partnership_id: command.partnership_id,
            provider_id: command.provider_id,
            target: command.target,
            holder_name: command.holder_name.clone(),
            creator_id: call.actor().id,
            create_time: call.now,
            expire_time: FormLink::expiry(call.now, command.valid_days),
            revoke_time: None,
        };
        store::form_link::insert(unit.tx(), &form_link, &Digest::of(&token)).await?;
        unit.record_quietly("form_link.created", Some(form_link.partnership_id), form_link.id, &state_of(&form_link))?;
        unit.commit(()).await?;
        Ok(NewFormLink { form_link, token })
    }

    /// A page of a partnership's links, newest first, with the token of the next. Who works for a provider sees its links only.
    pub(crate) async fn list_form_links(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        page: &Page<Uuid>,
    ) -> Result<(Vec<FormLink>, String), Error> {
        let sees = |provider_id| call.may("ListFormLinks", &Subject::record(partnership_id, provider_id));
        let providers: Vec<ProviderId> = providers_of(call).filter(|provider| sees(Some(*provider))).collect();
        let narrowed = (!sees(None)).then_some(providers.as_slice());
        let reader = self.host.reader();
        let links = store::form_link::list(reader, partnership_id, narrowed, page.after, page.size + 1).await?;
        Ok(page.close(links, |link| link.id)?)
    }

    /// Ends a link at once. Asked again, it changes nothing.
    pub(crate) async fn revoke_form_link(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: Uuid,
    ) -> Result<FormLink, Error> {
        let missing = || Failure::not_found("form link", id);
        let link = store::form_link::find(self.host.reader(), partnership_id, id).await?.ok_or_else(missing)?;
        call.permit(&Subject::record(partnership_id, Some(link.provider_id)))?;
        let revoke_time = link.revoke_time.or(Some(call.now));
        let revoked = FormLink { revoke_time, ..link.clone() };
        if link.revoke_time.is_none()
            && let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await?
        {
            store::form_link::revoke(unit.tx(), id, call.now).await?;
            unit.record_quietly("form_link.revoked", Some(partnership_id), id, &state_of(&revoked))?;
            unit.commit(()).await?;
        }
        Ok(revoked)
    }

    /// A token for whoever has the link, and the link.
    pub(crate) async fn exchange_form_link(&self, call: &Call, secret: &str) -> Result<(IssuedToken, FormLink), Error> {
        let digest = Digest::of(secret);
        let found = store::form_link::find_by_digest(self.host.reader(), &digest).await?;
        let Some(link) = found.filter(|link| link.holds(call.now)) else {
            return self.refuse(call, &Counter::target("form link", digest.as_str()), Error::LinkRefused).await;
        };
        let principal = Principal {
            subject: link.id.to_string(),
            name: format!("{} (by link)", link.holder_name),
            kind: PrincipalKind::Person,
            grants: vec![link.grant()],
            credential: Some(link.id.to_string()),
        };
        let token =
            self.token(principal, &FORM_LINK_OPENS, call.now, link.expire_time.min(call.now + FORM_TOKEN_LIFE)).await?;
        Ok((token, link))
    }
}

/// The providers on whose behalf the caller holds a role, anywhere.
fn providers_of(call: &Call) -> impl Iterator<Item = ProviderId> {
    let grants = match &call.caller {
        Caller::Anonymous => [].as_slice(),
        Caller::Known(principal) => principal.grants.as_slice(),
    };
    grants.iter().filter_map(|grant| grant.provider_id)
}

/// A link as the audit trail digests it: without its holder's name.
fn state_of(link: &FormLink) -> impl serde::Serialize {
    (link.id, link.partnership_id, link.provider_id, link.target.id(), link.expire_time, link.revoke_time)
}
