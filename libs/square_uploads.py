"""From an uploaded photo in the object store to the squares that everybody may see."""

from collections.abc import Mapping

from libs import squares_sandbox
from libs.objects import ObjectMissing, Objects, ObjectTooLarge
from libs.squares import Refused

KIND = "image/webp"


async def publish(objects: Objects, upload: str, most: int, squares: Mapping[int, str]) -> None:
    """Makes squares of an upload of at most `most` bytes and publishes each; `squares` are keys of
    objects by their edge in pixels.

    Raises `Refused` for what is missing, too large or no picture, or `Unavailable`.
    """
    try:
        body = await objects.get(upload, most)
    except ObjectMissing as error:
        raise Refused("missing") from error
    except ObjectTooLarge as error:
        raise Refused("too_large") from error
    for edge, made in (await squares_sandbox.squares(body, list(squares))).items():
        await objects.publish(squares[edge], made, KIND)
