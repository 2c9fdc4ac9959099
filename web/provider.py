"""统一身份认证 (OpenID Connect): asking an identity provider who somebody is, and holding its answer to account.

Authorization code with PKCE (RFC 7636), state and nonce; the ID token's signature is checked with the provider's own
keys, by asymmetric algorithms only. What the provider says gives nobody a role: it only shows which account it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.settings import Settings

_SECONDS = 10
_LEEWAY = 60
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_LONGEST = 255
"""Characters of a subject at the most (OpenID Connect Core, section 2)."""


class ProviderFault(Exception):
    """The provider did not answer as it ought to; what happened, for the log, without anything secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """One sign-in under way: what the browser keeps, sealed, until it comes back from the provider."""

    state: str
    nonce: str
    verifier: str


def address(settings: Settings, back: str, asked: Request) -> str:
    """Where the browser is sent. Raises ProviderFault where the provider does not tell."""
    found, _state = _session(settings, back).create_authorization_url(
        _described(settings)["authorization_endpoint"],
        state=asked.state,
        nonce=asked.nonce,
        code_verifier=asked.verifier,
    )
    return str(found)


def claims(settings: Settings, back: str, asked: Request, code: str, now: datetime) -> Mapping[str, Any]:
    """What the provider says of who came back with ``code``. Raises ProviderFault where any of it does not hold."""
    import requests
    from authlib.common.errors import AuthlibBaseError

    described = _described(settings)
    try:
        answer = _session(settings, back).fetch_token(
            described["token_endpoint"],
            code=code,
            code_verifier=asked.verifier,
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        raise ProviderFault(f"token: {type(error).__name__}") from error
    token = answer.get("id_token") if isinstance(answer, Mapping) else None
    if not isinstance(token, str):
        raise ProviderFault("token: no id_token")
    return _checked(settings, _read(described["jwks_uri"]), token, asked.nonce, now)


def _session(settings: Settings, back: str) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope="openid profile",
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _described(settings: Settings) -> Mapping[str, str]:
    """The provider's own description (OpenID Connect Discovery): it must be that of the issuer that was set."""
    issuer = settings.oidc_issuer or ""
    found = _read(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ProviderFault("discovery: another issuer")
    scheme = issuer.partition(":")[0]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not str(found.get(name, "")).startswith(("https://", f"{scheme}://")):
            raise ProviderFault(f"discovery: {name}")
    return found


def _read(where: str) -> Mapping[str, Any]:
    import requests

    try:
        answer = requests.get(where, timeout=_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderFault(f"read: {type(error).__name__}") from error
    if answer.status_code != requests.codes.ok or not isinstance(found, Mapping):
        raise ProviderFault("read: no JSON object")
    return found


def _checked(settings: Settings, keys: Mapping[str, Any], token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, times and nonce hold (Core, section 3.1.3.7)."""
    from joserfc import jwk, jwt
    from joserfc.errors import JoseError

    try:
        read = jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS))  # type: ignore[arg-type]
        found = read.claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": settings.oidc_issuer or ""},
            aud={"essential": True, "value": settings.oidc_client_id or ""},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(found)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderFault(f"id_token: {type(error).__name__}") from error
    # Signed by the same keys, an access token (at+jwt) or a logout token (logout+jwt) shows nobody (RFC 8725, 3.11).
    if str(read.header.get("typ", "JWT")).upper() != "JWT":
        raise ProviderFault("id_token: typ")
    audience = found["aud"] if isinstance(found["aud"], list) else [found["aud"]]
    if found.get("azp", settings.oidc_client_id if len(audience) == 1 else None) != settings.oidc_client_id:
        raise ProviderFault("id_token: azp")
    if not isinstance(found["sub"], str) or not 0 < len(found["sub"]) <= _LONGEST:
        raise ProviderFault("id_token: sub")
    return found
