"""Google as far as its ID tokens go: certificates at an address, tokens with their signature."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from jose import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stack import eventually

CLIENT = "studyzed.apps.example"


@dataclass
class Signer:
    """A key of the issuer's, with its certificate."""

    kid: str
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    )

    @property
    def private_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.test")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class Issuer:
    """Signs with its newest key; counts how often its certificates are asked for."""

    url: str = ""
    signers: list[Signer] = field(default_factory=lambda: [Signer("one")])
    away: bool = False
    fetches: int = 0

    async def certificates(self, _: Request) -> Response:
        self.fetches += 1
        if self.away:
            return Response(status_code=503)
        found = {signer.kid: signer.certificate() for signer in self.signers}
        return JSONResponse(found, headers={"Cache-Control": "public, max-age=3600"})

    def token(self, *, signer: Signer | None = None, **claims: Any) -> str:
        """An ID token for a person with an address of a domain that Google hosts; `claims` change
        it.
        """
        signer, now = signer or self.signers[-1], int(datetime.now(UTC).timestamp())
        said = {
            "iss": "https://accounts.google.com", "aud": CLIENT,
            "sub": "10769150350006150715113082367", "email": "asha@example.org",
            "email_verified": True, "hd": "example.org", "given_name": "Asha", "family_name": "Rao",
            "iat": now, "exp": now + 3_600,
        }  # fmt: skip
        said = {name: value for name, value in (said | claims).items() if value is not None}
        token: str = jwt.encode(said, signer.private_pem, "RS256", headers={"kid": signer.kid})
        return token


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """An issuer on a real socket."""
    issuer = Issuer()
    app = Starlette(routes=[Route("/certs", issuer.certificates)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)

    async with _serving(server):
        port = server.servers[0].sockets[0].getsockname()[1]
        issuer.url = f"http://127.0.0.1:{port}/certs"
        yield issuer


@asynccontextmanager
async def _serving(server: uvicorn.Server) -> AsyncIterator[None]:
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield
    finally:
        server.should_exit = True
        await task
