"""Whether a request is Twilio's: signed with a token of the account, over the address that we gave and every field of the form."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from engine.errors import NotAllowed

Form = Sequence[tuple[str, str]]
"""The fields of a form in their order; a name may come several times."""
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_FORM = "application/x-www-form-urlencoded"


def check_signature(tokens: Sequence[str], url: str, headers: Mapping[str, str], form: Form) -> None:
    """Raises NotAllowed callback.unsigned or callback.forged. `headers` by their lower-case names.

    Any of the tokens will do: during a rotation there are two. A body that is no form is refused: Twilio signs those otherwise.
    """
    signature = headers.get("x-twilio-signature", "")
    kind = headers.get("content-type", _FORM).split(";")[0].strip().lower()
    if not signature or kind != _FORM:
        raise NotAllowed("callback.unsigned")
    algorithm = _HASHES.get(_algorithm(headers.get("x-twilio-webhooks-signature-settings", "")))
    if algorithm is None:
        raise NotAllowed("callback.forged")
    given = signature.encode("utf-8", "replace")
    right = False
    for token in tokens:
        for variant in _with_and_without_port(url):
            right |= hmac.compare_digest(signature_of(token, variant, form, algorithm).encode(), given)
    if not right:
        raise NotAllowed("callback.forged")


def signature_of(token: str, url: str, form: Form, algorithm: object = hashlib.sha1) -> str:
    """The signature of a request.

    >>> form = [
    ...     ("CallSid", "CA1234567890ABCDE"),
    ...     ("Caller", "+12349013030"),
    ...     ("Digits", "1234"),
    ...     ("From", "+12349013030"),
    ...     ("To", "+18005551212"),
    ... ]
    >>> signature_of("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
    '0/KCTR6DLpKmkAf8muzZqo1nDgQ='
    """
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), algorithm).digest()).decode()  # pyright: ignore[reportArgumentType]


def _algorithm(settings: str) -> str:
    """What the header names; without one it is the old signature."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _with_and_without_port(url: str) -> list[str]:
    """Twilio signs the one or the other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    bare = url.replace(f"//{parts.netloc}", f"//{host}", 1)
    return [url, bare, url.replace(f"//{parts.netloc}", f"//{host}:{port}", 1)]
