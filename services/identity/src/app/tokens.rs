//! Signing tokens, and changing the key that signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pathfinder_kit::peer::GATEWAY;
use pathfinder_kit::token::{Claims, ISSUER, SERVICES, VerifyingKey};
use pathfinder_kit::{
    Begun, Call, Caller, Database, Failure, Grant, Host, Principal, PrincipalKind, Reason, Role, Unit,
};
use rand::RngCore as _;
use subtle::ConstantTimeEq as _;

use super::attempts::service_counter;
use super::{App, principal_of};
use crate::domain::{LEAD_TIME, LONGEST_TOKEN_LIFE, SigningKey, in_order};
use crate::error::Error;
use crate::store::{self, Safe};

/// How long the token of a person, a system or a form link holds. A role that is taken away is gone at the latest after this time.
pub(super) const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long a service's own token holds.
const SERVICE_TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
const LOGINS_SHOWN: u64 = 40;
/// How the audit trail names a token that was made from the data folder; an id follows.
const LOGIN_TOKEN: &str = "login-token";

/// A token and its end.
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) expire_time: DateTime<Utc>,
}

/// Makes the first signing key of an installation, which signs at once.
pub(super) async fn make_first_key(host: &Host, safe: Safe<'_>) -> Result<(), Failure> {
    if !store::key::list(host.reader()).await?.is_empty() {
        return Ok(());
    }
    let now = host.clock().now();
    let call = Call::background(host, "first start");
    if let Begun::Fresh(mut unit) = host.begin::<()>(&call).await? {
        keep_new_key(&mut unit, &new_key(safe, now, now)?).await?;
        unit.commit(()).await?;
    }
    Ok(())
}

async fn keep_new_key(unit: &mut Unit, key: &SigningKey) -> Result<(), Failure> {
    store::key::insert(unit.tx(), key).await?;
    unit.record_quietly("signing_key.made", None, key.subject_id(), &(&key.public_x, key.sign_from_time))
}

/// Gives every key its end, unless it has one before that.
async fn retire_keys(unit: &mut Unit, retire_time: DateTime<Utc>) -> Result<(), Failure> {
    let mut keys = store::key::list(unit.tx()).await?;
    keys.retain(|key| key.retire_time.is_none_or(|end| end > retire_time));
    store::key::retire_all(unit.tx(), retire_time).await?;
    for key in &keys {
        unit.record_quietly("signing_key.retired", None, key.subject_id(), &(&key.public_x, retire_time))?;
    }
    Ok(())
}

fn new_key(safe: Safe<'_>, now: DateTime<Utc>, sign_from_time: DateTime<Utc>) -> Result<SigningKey, Failure> {
    let mut seed = [0_u8; 32];
    rand::rng().fill_bytes(&mut seed);
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    let public_x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    let key_id: String = public_x.chars().take(12).collect();
    let seed = store::key::seal_seed(safe, &key_id, &URL_SAFE_NO_PAD.encode(seed))?;
    Ok(SigningKey { key_id, seed, public_x, create_time: now, sign_from_time, retire_time: None })
}

/// Signs what `principal` may show to the services of `audience` until `expire_time`.
fn sign(
    safe: Safe<'_>,
    key: &SigningKey,
    principal: Principal,
    audience: &[&str],
    now: DateTime<Utc>,
    expire_time: DateTime<Utc>,
) -> Result<IssuedToken, Failure> {
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: audience.iter().map(|service| (*service).to_owned()).collect(),
        sub: principal.subject,
        name: principal.name,
        kind: principal.kind,
        grants: principal.grants,
        sid: principal.credential,
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: expire_time.timestamp(),
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.key_id.clone());
    let token = jsonwebtoken::encode(&header, &claims, &encoding(safe, key)?).map_err(Failure::internal)?;
    Ok(IssuedToken { token, expire_time })
}

fn encoding(safe: Safe<'_>, key: &SigningKey) -> Result<EncodingKey, Failure> {
    let seed = store::key::open_seed(safe, key)?;
    let seed = URL_SAFE_NO_PAD.decode(&seed).map_err(Failure::internal)?;
    let seed: [u8; 32] = seed.try_into().map_err(|_| Failure::internal("a signing key is not 32 bytes long"))?;
    let document = ed25519_dalek::SigningKey::from_bytes(&seed).to_pkcs8_der().map_err(Failure::internal)?;
    Ok(EncodingKey::from_ed_der(document.as_bytes()))
}

impl App {
    /// The keys that verify tokens, the one that signs first. Those to come are among them, so that every service knows a key before
    /// it meets a token of it; so are former ones, until their last tokens have ended.
    pub(crate) async fn key_set(&self, now: DateTime<Utc>) -> Result<Vec<VerifyingKey>, Error> {
        let keys = in_order(store::key::list(self.host.reader()).await?, now);
        Ok(keys.into_iter().map(store::key::verifying).collect())
    }

    /// Makes a new key. It signs after [`LEAD_TIME`], and the others end when their last tokens have; `at_once` it signs now, and the
    /// others end now with all their tokens: one of them leaked.
    pub(crate) async fn rotate_signing_key(&self, call: &Call, at_once: bool) -> Result<Vec<VerifyingKey>, Error> {
        let key = new_key(self.safe(), call.now, if at_once { call.now } else { call.now + LEAD_TIME })?;
        let retire_time = if at_once { call.now } else { SigningKey::retirement(key.sign_from_time) };
        if let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? {
            retire_keys(&mut unit, retire_time).await?;
            keep_new_key(&mut unit, &key).await?;
            unit.commit(()).await?;
        }
        self.key_set(call.now).await
    }

    /// Signs a token that holds for [`TOKEN_LIFE`], or until `end` if that comes first. The key is chosen anew each time, so that every
    /// process of identity changes over at the same moment.
    pub(super) async fn token(
        &self,
        principal: Principal,
        audience: &[&str],
        now: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<IssuedToken, Failure> {
        let key = self.signing_key(now).await?;
        sign(self.safe(), &key, principal, audience, now, end.min(now + TOKEN_LIFE))
    }

    async fn signing_key(&self, now: DateTime<Utc>) -> Result<SigningKey, Failure> {
        let first = in_order(store::key::list(self.host.reader()).await?, now).into_iter().next();
        first.ok_or_else(|| Failure::internal("there is no signing key"))
    }

    /// A token for one of the suite's own services; `without_roles` it says who brings it, and lets nobody do anything.
    pub(crate) async fn issue_service_token(
        &self,
        call: &Call,
        service: &str,
        secret: &str,
        without_roles: bool,
    ) -> Result<IssuedToken, Error> {
        let target = service_counter(call, service);
        let own = self.host.service_secret();
        if !bool::from(own.as_bytes().ct_eq(secret.as_bytes())) {
            return self.refuse_target(call, &target, Error::ServiceSecretWrong).await;
        }
        let everywhere = Grant::everywhere(Role::Service);
        let principal = Principal {
            subject: service.to_owned(),
            name: format!("Pathfinder ({service})"),
            kind: PrincipalKind::Service,
            // The gateway does nothing of its own accord; it only calls on behalf of others.
            grants: if without_roles || service == GATEWAY { Vec::new() } else { vec![everywhere] },
            credential: None,
        };
        let others: Vec<&str> = SERVICES.into_iter().filter(|other| *other != service).collect();
        let key = self.signing_key(call.now).await?;
        Ok(sign(self.safe(), &key, principal, &others, call.now, call.now + SERVICE_TOKEN_LIFE)?)
    }

    /// Who the caller is, as its token says.
    pub(crate) fn caller<'a>(&self, call: &'a Call) -> Result<&'a Principal, Error> {
        match &call.caller {
            Caller::Known(principal) => Ok(principal),
            Caller::Anonymous => Err(Failure::new(Reason::TokenRequired, "This call needs a token.").into()),
        }
    }
}

/// A token for `login`, for whoever owns the data folder: it holds for a day's trial. The audit trail names it in each row of what was done
/// with it.
pub(crate) async fn token_for(
    database: &Database,
    safe: Safe<'_>,
    now: DateTime<Utc>,
    login: &str,
) -> Result<String, Failure> {
    let reader = database.reader();
    let Some(key) = in_order(store::key::list(reader).await?, now).into_iter().next() else {
        return Err(Failure::new(Reason::NotFound, "There is no signing key yet; start pathfinder once first."));
    };
    let Some(person) = store::person::find_by_login(reader, safe, login).await? else {
        let known = store::person::list_logins(reader, LOGINS_SHOWN).await?.join(", ");
        return Err(Failure::new(Reason::NotFound, format!("Nobody has the login {login}. The logins are: {known}.")));
    };
    let credential = format!("{LOGIN_TOKEN}:{}", safe.ids.next(now));
    Ok(sign(safe, &key, principal_of(&person, Some(credential)), &SERVICES, now, now + LONGEST_TOKEN_LIFE)?.token)
}
