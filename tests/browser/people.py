"""Somebody who is signed in, over plain HTTP: the tests' quick way round the sign-in page, which has a journey of its own."""

from dataclasses import dataclass
from typing import Any

import httpx2

PASSWORD = "correct horse battery staple 7"
COOKIE = "stayline"


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their session."""

    name: str
    address: str
    token: str

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form as a page of ours would."""
        with _client(self.address, self.token) as client:
            answer = client.post(path, data=fields)
        assert answer.status_code < 400, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def get(self, path: str) -> httpx2.Response:
        with _client(self.address, self.token) as client:
            return client.get(path)

    @property
    def cookies(self) -> list[Any]:
        """As a browser context takes them."""
        return [{"name": COOKIE, "value": self.token, "url": self.address}]


def let_in(address: str, link: str, name: str) -> Member:
    """Use a one-time link: set a password, and be signed in."""
    with _client(address) as client:
        answer = client.post(link.removeprefix(address), data={"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 303, f"{link}: {answer.status_code} {answer.text[:500]}"
    return Member(name, address, answer.cookies[COOKIE])


def _client(address: str, token: str | None = None) -> httpx2.Client:
    return httpx2.Client(
        base_url=address,
        headers={"Origin": address, "Sec-Fetch-Site": "same-origin"},
        cookies={COOKIE: token} if token else {},
        timeout=20,
        trust_env=False,
    )
