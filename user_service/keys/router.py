"""The published keys."""

from typing import Any

from fastapi import APIRouter, Request, Response

router = APIRouter(tags=["keys"])


@router.get("/.well-known/jwks.json")
async def get_jwks(request: Request, response: Response) -> dict[str, list[dict[str, Any]]]:
    """The public keys that verify access tokens (RFC 7517): the current one and the next."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return {"keys": await request.app.state.resources.keys.public_jwks()}
