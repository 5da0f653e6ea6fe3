//! Signing in at an OpenID Connect provider: the authorisation code flow with PKCE. What the provider vouches for is an address of
//! e-mail; who that is, and what they may do, stands in our own records. With which account a person came first is kept, and no other
//! account is that person from then on, as an address may be given to somebody else one day.

use chrono::TimeDelta;
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, PrincipalKind, Violation};

use super::{App, NewSession};
use crate::config::Provider;
use crate::domain::{Counter, Digest, Person, email_of};
use crate::error::Error;
use crate::openid::Secrets;
use crate::store;
use crate::store::flow::Flow;
use crate::store::open_id::Account;

/// How long a person has to come back from the provider.
const FLOW_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Asks to start signing in at a provider.
pub(crate) struct BeginOpenId {
    pub(crate) provider: String,
    pub(crate) redirect_uri: String,
}

/// A sign-in under way, with its secret.
pub(crate) struct OpenIdBegun {
    pub(crate) authorization_url: String,
    pub(crate) flow_token: String,
}

/// Asks for a session against a provider's answer.
pub(crate) struct CompleteOpenId {
    pub(crate) provider: String,
    pub(crate) flow_token: String,
    pub(crate) code: String,
    pub(crate) state: String,
}

impl App {
    /// A page of the names of the providers, and the names to show, with the token of the next.
    pub(crate) fn providers(&self, page: &Page<String>) -> Result<(Vec<(String, String)>, String), Error> {
        let names = |provider: &Provider| (provider.name.clone(), provider.display_name.clone());
        let mut all: Vec<_> = self.connector.providers().iter().map(names).collect();
        all.sort();
        let wanted = all.into_iter().filter(|(name, _)| page.after.as_ref().is_none_or(|after| name > after));
        let limit = usize::try_from(page.size + 1).unwrap_or(usize::MAX);
        Ok(page.close(wanted.take(limit).collect(), |(name, _)| name.clone())?)
    }

    pub(crate) async fn begin_open_id(&self, call: &Call, command: &BeginOpenId) -> Result<OpenIdBegun, Error> {
        self.let_through(call).await?;
        let provider = self.connector.find(&command.provider);
        let provider = provider.ok_or_else(|| Failure::not_found("sign-in provider", &command.provider))?;
        self.check_redirect(&command.redirect_uri).map_err(Failure::from)?;
        let ids = self.host.ids();
        let secrets = Secrets { state: ids.capability(), nonce: ids.capability(), verifier: ids.capability() };
        let authorization_url = self.connector.authorization_url(provider, &command.redirect_uri, &secrets).await?;
        let flow = Flow {
            id: self.host.next_id(call.now),
            provider: provider.name.clone(),
            state: Digest::of(&secrets.state),
            nonce: secrets.nonce,
            verifier: secrets.verifier,
            redirect_uri: command.redirect_uri.clone(),
            expire_time: call.now + FLOW_LIFE,
            use_time: None,
        };
        let flow_token = ids.capability();
        if let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? {
            store::flow::insert(unit.tx(), &flow, &Digest::of(&flow_token)).await?;
            unit.record_quietly("open_id_flow.begun", None, flow.id, &flow.provider)?;
            unit.commit(()).await?;
        }
        Ok(OpenIdBegun { authorization_url, flow_token })
    }

    fn check_redirect(&self, redirect_uri: &str) -> Result<(), Violation> {
        let ours = &self.settings.public_url;
        let behind = redirect_uri.strip_prefix(ours.as_str());
        if behind.is_some_and(|path| path.starts_with('/')) {
            return Ok(());
        }
        Err(Violation::new("redirect_uri", format!("must begin with {ours}/, the address of this installation")))
    }

    pub(crate) async fn complete_open_id(&self, call: &Call, command: &CompleteOpenId) -> Result<NewSession, Error> {
        let digest = Digest::of(&command.flow_token);
        if let Some(begun) = self.session_by_flow(call, &digest, command).await? {
            return Ok(begun);
        }
        self.refuse(call, &Counter::target("flow", digest.as_str()), Error::SignInRefused).await
    }

    /// None where the person is to be refused, whatever the cause; the log has it.
    async fn session_by_flow(
        &self,
        call: &Call,
        digest: &Digest,
        command: &CompleteOpenId,
    ) -> Result<Option<NewSession>, Error> {
        let found = store::flow::find(self.host.reader(), digest).await?;
        let Some(flow) = found.filter(|flow| flow.holds(call.now)) else { return Ok(None) };
        let is_answer = flow.provider == command.provider && flow.state.matches(&Digest::of(&command.state));
        let provider = self.connector.find(&flow.provider).filter(|_| is_answer);
        let (Some(provider), true) = (provider, self.consume(call, &flow).await?) else { return Ok(None) };
        let code = command.code.clone();
        let user = self.connector.vouched_user(provider, &flow.redirect_uri, code, &flow.nonce, flow.verifier).await?;
        let Some(user) = user else { return Ok(None) };
        let email = email_of(&user.email).filter(|email| provider.may_vouch_for(email));
        let Some(email) = email else { return Ok(None) };
        let person = store::person::find_by_email(self.host.reader(), self.safe(), &email).await?;
        let Some(person) = person.filter(|person| person.kind == PrincipalKind::Person) else { return Ok(None) };
        let subject = Digest::of(&format!("{} {}", provider.issuer, user.subject));
        let account = Account { issuer: provider.issuer.clone(), subject, create_time: call.now };
        if !self.is_account_of(call, &person, &account).await? {
            tracing::info!(
                provider = provider.name,
                "a sign-in was refused: it is another account than the first time"
            );
            return Ok(None);
        }
        self.begin_session(call, person, format!("openid:{}", provider.name), None).await
    }

    /// Whether the account is the one with which the person signed in first at that provider; the first one is kept. One account is one
    /// person.
    async fn is_account_of(&self, call: &Call, person: &Person, account: &Account) -> Result<bool, Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let kept = store::open_id::list(unit.tx(), person.id).await?;
        if let Some(first) = kept.iter().find(|kept| kept.issuer == account.issuer) {
            return Ok(first.subject.matches(&account.subject));
        }
        if store::open_id::is_taken(unit.tx(), &account.issuer, &account.subject).await? {
            return Ok(false);
        }
        store::open_id::insert(unit.tx(), person.id, account).await?;
        unit.record_quietly("open_id_account.kept", None, person.id.0, &account.issuer)?;
        unit.commit(()).await?;
        Ok(true)
    }

    /// A flow is over with its first answer, right or wrong.
    async fn consume(&self, call: &Call, flow: &Flow) -> Result<bool, Failure> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let first = store::flow::consume(unit.tx(), flow.id, call.now).await?;
        unit.record_quietly("open_id_flow.answered", None, flow.id, &flow.provider)?;
        unit.commit(()).await?;
        Ok(first)
    }
}
