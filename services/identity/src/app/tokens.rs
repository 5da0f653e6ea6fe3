//! Signing tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pathfinder_kit::token::{Claims, ISSUER, SERVICES, VerifyingKey};
use pathfinder_kit::{Begun, Call, Caller, Database, Failure, Grant, Host, Principal, PrincipalKind, Reason, Role};
use rand::RngCore as _;
use subtle::ConstantTimeEq as _;

use super::App;
use crate::error::Error;
use crate::store::{self, SigningKeyRow};

/// How long a token holds. A role that is taken away is gone at the latest after this time.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
/// How long a token made by whoever owns the data folder holds: a day's trial.
const TRIAL_LIFE: TimeDelta = TimeDelta::hours(12);
const LOGINS_SHOWN: u64 = 40;

/// A token and its end.
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) expire_time: DateTime<Utc>,
}

/// Signs tokens with one key.
pub(crate) struct Signer {
    encoding: EncodingKey,
    public: VerifyingKey,
}

impl Signer {
    /// The signer with the newest key; the first start makes one.
    pub(super) async fn open(host: &Host) -> Result<Self, Failure> {
        if let Some(row) = store::find_signing_key(host.reader()).await? {
            return Self::from_row(&row);
        }
        let row = new_key(host.clock().now());
        let call = Call::background(host, "first start");
        if let Begun::Fresh(unit) = host.begin::<()>(&call).await? {
            store::insert_signing_key(unit.tx(), &row).await?;
            unit.commit(()).await?;
        }
        Self::from_row(&row)
    }

    fn from_row(row: &SigningKeyRow) -> Result<Self, Failure> {
        let seed = URL_SAFE_NO_PAD.decode(&row.seed).map_err(Failure::internal)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| Failure::internal("a signing key is not 32 bytes long"))?;
        let document = SigningKey::from_bytes(&seed).to_pkcs8_der().map_err(Failure::internal)?;
        let encoding = EncodingKey::from_ed_der(document.as_bytes());
        Ok(Self { encoding, public: VerifyingKey { key_id: row.key_id.clone(), x: row.public_x.clone() } })
    }

    fn sign(
        &self,
        principal: Principal,
        audience: &[&str],
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Result<IssuedToken, Failure> {
        let expire_time = now + life;
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
        header.kid = Some(self.public.key_id.clone());
        let token = jsonwebtoken::encode(&header, &claims, &self.encoding).map_err(Failure::internal)?;
        Ok(IssuedToken { token, expire_time })
    }
}

fn new_key(now: DateTime<Utc>) -> SigningKeyRow {
    let mut seed = [0_u8; 32];
    rand::rng().fill_bytes(&mut seed);
    let public = SigningKey::from_bytes(&seed).verifying_key();
    let public_x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    let key_id = public_x.chars().take(12).collect();
    SigningKeyRow { key_id, seed: URL_SAFE_NO_PAD.encode(seed), public_x, create_time: now }
}

impl App {
    /// The keys that verify tokens: all that were ever made, so that a token outlives the change of the key that signs.
    pub(crate) async fn key_set(&self) -> Result<Vec<VerifyingKey>, Error> {
        Ok(store::list_verifying_keys(self.host.reader()).await?)
    }

    /// A token for one of the suite's own services.
    pub(crate) fn issue_service_token(&self, call: &Call, service: &str, secret: &str) -> Result<IssuedToken, Error> {
        let own = self.host.service_secret();
        if !bool::from(own.as_bytes().ct_eq(secret.as_bytes())) {
            return Err(Error::ServiceSecretWrong);
        }
        let everywhere = Grant { role: Role::Service, partnership_id: None, provider_id: None };
        let principal = Principal {
            subject: service.to_owned(),
            name: format!("Pathfinder ({service})"),
            kind: PrincipalKind::Service,
            // The gateway does nothing of its own accord; it only calls on behalf of others.
            grants: if service == "gateway" { Vec::new() } else { vec![everywhere] },
            credential: None,
        };
        let others: Vec<&str> = SERVICES.into_iter().filter(|other| *other != service).collect();
        Ok(self.signer.sign(principal, &others, call.now, TOKEN_LIFE)?)
    }

    /// Who the caller is, as its token says.
    pub(crate) fn caller<'a>(&self, call: &'a Call) -> Result<&'a Principal, Error> {
        match &call.caller {
            Caller::Known(principal) => Ok(principal),
            Caller::Anonymous => Err(Failure::new(Reason::TokenRequired, "This call needs a token.").into()),
        }
    }
}

/// A token for `login`, for whoever owns the data folder.
pub(crate) async fn token_for(database: &Database, now: DateTime<Utc>, login: &str) -> Result<String, Failure> {
    let reader = database.reader();
    let Some(row) = store::find_signing_key(reader).await? else {
        return Err(Failure::new(Reason::NotFound, "There is no signing key yet; start pathfinder once first."));
    };
    let Some(person) = store::person::find_by_login(reader, login).await? else {
        let known = store::person::list_logins(reader, LOGINS_SHOWN).await?.join(", ");
        return Err(Failure::new(Reason::NotFound, format!("Nobody has the login {login}. The logins are: {known}.")));
    };
    let principal = Principal {
        subject: person.id.to_string(),
        name: person.display_name,
        kind: person.kind,
        grants: person.grants,
        credential: None,
    };
    Ok(Signer::from_row(&row)?.sign(principal, &SERVICES, now, TRIAL_LIFE)?.token)
}
