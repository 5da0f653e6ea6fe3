"""A real OpenID Connect provider, `oidc-provider-mock` from PyPI, that takes nobody's word.

    strict_provider.py PORT

Installations have to register, so that it checks their secrets and the addresses to which it sends people back. It asks for a nonce.
And it is made to insist on PKCE (RFC 7636) here, which it leaves out by itself.
"""

import base64
import hashlib
import sys
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock


def insist_on_pkce(app):
    """Gives a code out against a challenge only, and a token against the code only to whoever knows what the challenge was made of."""
    challenges = {}

    @app.before_request
    def check():
        given, request = flask.request.values, flask.request
        if request.path == "/oauth2/authorize" and not (given.get("code_challenge") and given.get("code_challenge_method") == "S256"):
            return "a code challenge by S256 is needed", 400
        if request.path == "/oauth2/token" and challenges.get(given.get("code")) != challenge_of(given.get("code_verifier", "")):
            return {"error": "invalid_grant", "error_description": "this is not what the code challenge was made of"}, 400
        return None

    @app.after_request
    def remember(response):
        if flask.request.path == "/oauth2/authorize" and response.location:
            for code in parse_qs(urlsplit(response.location).query).get("code", []):
                challenges[code] = flask.request.values["code_challenge"]
        return response


def challenge_of(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def main(port):
    app = oidc_provider_mock.app(require_client_registration=True, require_nonce=True)
    insist_on_pkce(app)
    app.run(host="127.0.0.1", port=int(port), debug=False, threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
