"""Entity tags (RFC 9110, section 8.8.3): an aggregate's revision, so that nobody overwrites what
they have not seen.
"""

from typing import Annotated

from fastapi import Depends, Header, Response

from libs.errors import Stale


class Tags:
    """What a route asks for: the tag that the client has seen; and how it shows the current one."""

    def __init__(self, response: Response, if_match: str | None) -> None:
        self.if_match = if_match
        self._response = response

    def show(self, revision: int) -> None:
        """Sends the tag of a revision with the answer."""
        self._response.headers["ETag"] = of(revision)


async def get_tags(
    response: Response,
    if_match: Annotated[
        str | None,
        Header(
            max_length=200,
            description="The `ETag` that was read. Without it the change is made anyway.",
        ),
    ] = None,
) -> Tags:
    """A coroutine: what is none (a class too) FastAPI runs in a thread."""
    return Tags(response, if_match)


TagsDep = Annotated[Tags, Depends(get_tags)]


def of(revision: int) -> str:
    """The strong entity tag of a revision."""
    return f'"{revision}"'


def check(if_match: str | None, revision: int) -> None:
    """Raises `Stale` unless the header is missing, `*`, or names this revision.

    A weak tag never matches (RFC 9110, section 13.1.1).
    """
    if if_match is None or if_match.strip() == "*":
        return
    if of(revision) not in {tag.strip() for tag in if_match.split(",")}:
        raise Stale(headers={"ETag": of(revision)})


def names(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names a tag, so that 304 is the answer. Compared weakly (RFC 9110,
    section 13.1.2).
    """
    given = {one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")}
    return "*" in given or tag in given
