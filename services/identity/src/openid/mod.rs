//! What we say to OpenID Connect providers. What they publish of themselves is read anew for each sign-in, which takes two small
//! requests and follows every change of their keys.

mod http;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndUserEmail, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SubjectIdentifier, TokenResponse as _,
};
use pathfinder_kit::{Failure, Reason};

use crate::config::Provider;
use http::Browser;

/// A client that knows what its provider published.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What binds a provider's answer to the browser that was sent there.
pub(crate) struct Secrets {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

/// Whom a provider vouches for.
pub(crate) struct Vouched {
    /// The verified address.
    pub(crate) email: String,
    /// The account, by its name at the provider.
    pub(crate) subject: String,
}

/// Speaks to the providers.
pub(crate) struct Connector {
    providers: Vec<Provider>,
    browser: Browser,
}

impl Connector {
    pub(crate) fn new(providers: Vec<Provider>) -> Self {
        Self { providers, browser: Browser::new() }
    }

    pub(crate) fn providers(&self) -> &[Provider] {
        &self.providers
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// Where to send a person who wants to sign in.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when the provider does not answer.
    pub(crate) async fn authorization_url(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        secrets: &Secrets,
    ) -> Result<String, Failure> {
        let client = self.client(provider, redirect_uri).await?;
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        Ok(request.url().0.to_string())
    }

    /// Whom the provider vouches for against a code; none when the code or the token is wrong, or the address is not
    /// verified. The token's times are compared with the machine's clock, as a provider knows nothing of one that a trial moved.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when the provider does not answer.
    pub(crate) async fn vouched_user(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        code: String,
        nonce: &str,
        verifier: String,
    ) -> Result<Option<Vouched>, Failure> {
        let client = self.client(provider, redirect_uri).await?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| silent(provider, error))?;
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&self.browser).await;
        let tokens = match answer {
            Ok(tokens) => tokens,
            Err(RequestTokenError::ServerResponse(_)) => return Ok(refused(provider, "refused the code")),
            Err(error) => return Err(silent(provider, error)),
        };
        let Some(id_token) = tokens.id_token() else { return Ok(refused(provider, "gave no ID token")) };
        let Ok(claims) = id_token.claims(&client.id_token_verifier(), &Nonce::new(nonce.to_owned())) else {
            return Ok(refused(provider, "gave an ID token that does not hold"));
        };
        let email = match verified(claims) {
            Some(email) => Some(email),
            None => self.email_of_user(provider, &client, tokens.access_token(), claims.subject()).await,
        };
        Ok(email.map(|email| Vouched { email, subject: claims.subject().as_str().to_owned() }))
    }

    /// The address from the provider's record of the user, for those that leave it out of the token.
    async fn email_of_user(
        &self,
        provider: &Provider,
        client: &Client,
        access: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Option<String> {
        let request = client.user_info(access.clone(), Some(subject.clone())).ok()?;
        let Ok(user) = request.request_async::<_, _, openidconnect::core::CoreGenderClaim>(&self.browser).await else {
            return refused(provider, "told nothing of the user");
        };
        let user: CoreUserInfoClaims = user;
        let email = user.email().filter(|_| user.email_verified() == Some(true));
        email.map(text).or_else(|| refused(provider, "vouches for no address"))
    }

    async fn client(&self, provider: &Provider, redirect_uri: &str) -> Result<Client, Failure> {
        let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| silent(provider, error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.browser).await;
        let metadata = metadata.map_err(|error| silent(provider, error))?;
        let secret = ClientSecret::new(provider.client_secret.reveal().to_owned());
        let id = ClientId::new(provider.client_id.clone());
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(Failure::internal)?;
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }
}

fn verified(claims: &CoreIdTokenClaims) -> Option<String> {
    claims.email().filter(|_| claims.email_verified() == Some(true)).map(text)
}

fn text(email: &EndUserEmail) -> String {
    email.as_str().to_owned()
}

fn refused<T>(provider: &Provider, why: &str) -> Option<T> {
    tracing::info!(provider = provider.name, why, "a sign-in was refused");
    None
}

fn silent(provider: &Provider, error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    let message = format!("{} does not answer as it should; try again, or sign in by e-mail.", provider.display_name);
    Failure::new(Reason::PeerUnavailable, message).with("peer", &provider.name).because(error)
}
