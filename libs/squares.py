"""Turns what somebody uploaded into squares that are safe to show: run as a program of its own.

    python squares.py 512 96 < upload     prints {"512": BASE64, "96": BASE64}, WebP each

Decoders of images are large and read what strangers wrote, so each picture gets a process with
little memory, little time, no secrets in its environment and no more files than it needs. It knows
the standard library and Pillow only. A refusal ends it with status 3, and its code as output.

What comes out is pixels drawn afresh: nothing of the file's metadata (place, camera, comments,
profiles, thumbnails) and no byte of what was hidden behind or between is carried over.
"""

import base64
import io
import json
import resource
import sys
import warnings
import zipfile
from collections.abc import Sequence

from PIL import Image, ImageFile, ImageOps

MAX_BYTES = 5_000_000
MAX_PIXELS = {"JPEG": 25_000_000, "PNG": 25_000_000, "WEBP": 12_500_000}
"""By kind, so that none takes more than 220 MB: decoding takes up to 8 bytes for each, and WebP's
16.
"""
MEMORY = 450 * 1024 * 1024
"""Address space, in bytes: with what the interpreter and its libraries only reserve."""
CPU_SECONDS = 20
REFUSED = 3
QUALITY = 82
SMALLEST = 16
"""Shortest edge, in pixels."""
ORIENTATION = 0x0112


class Refused(Exception):
    """Not taken; `code` is shown to the owner."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def kind_of(body: bytes) -> str:
    """Pillow's name for what the bytes are, whatever name they go by. Raises `Refused`."""
    if body.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "WEBP"
    raise Refused("not_a_picture")


def check_nothing_else(body: bytes, kind: str) -> None:
    """Refuses a picture that is an archive besides, or that has something behind its end.

    Markup is not looked for: among the packed pixels of a large photo any few letters stand by
    chance, and nothing of the file is shown but pixels drawn afresh.
    """
    if zipfile.is_zipfile(io.BytesIO(body)):
        raise Refused("more_than_a_picture")
    # Behind a JPEG's end telephones put previews and films; behind the others nobody does.
    if kind == "PNG" and body[-8:-4] != b"IEND":
        raise Refused("more_than_a_picture")
    if kind == "WEBP" and int.from_bytes(body[4:8], "little") + 8 not in (len(body), len(body) + 1):
        raise Refused("more_than_a_picture")


def squares(body: bytes, edges: Sequence[int]) -> dict[int, bytes]:
    """WebP pictures of these edges in pixels, upright and cut from the middle. Raises `Refused`."""
    if len(body) > MAX_BYTES:
        raise Refused("too_large")
    kind = kind_of(body)
    check_nothing_else(body, kind)
    try:
        image = _open(body, kind)
        largest = max(edges)
        turned = image.getexif().get(ORIENTATION)
        image.draft("RGB", (largest * 2, largest * 2))  # a JPEG is decoded no larger than needed
        square = ImageOps.fit(image, (largest, largest))
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused("unreadable") from error
    upright = _turn(_on_white(square), turned)
    return {edge: _encode(upright, edge) for edge in edges}


def _open(body: bytes, kind: str) -> ImageFile.ImageFile:
    """Reads the header only. Raises `Refused` for too many and too few pixels."""
    try:
        image = Image.open(io.BytesIO(body), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too_many_pixels") from error
    if image.width * image.height > MAX_PIXELS[kind]:
        raise Refused("too_many_pixels")
    if min(image.size) < SMALLEST:
        raise Refused("too_small")
    return image


def _on_white(image: Image.Image) -> Image.Image:
    """The picture's colours on a new sheet, which knows nothing of the file."""
    colours = image.convert("RGBA")
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(colours, mask=colours.getchannel("A"))
    return sheet


def _turn(image: Image.Image, orientation: int | None) -> Image.Image:
    """Upright, as the camera was held (EXIF 2.3, tag 274)."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    turn = turns.get(orientation or 1)
    return image if turn is None else image.transpose(turn)


def _encode(image: Image.Image, edge: int) -> bytes:
    target = io.BytesIO()
    small = image if image.width == edge else image.resize((edge, edge), Image.Resampling.LANCZOS)
    small.save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()


def main(edges: Sequence[int]) -> int:
    """Reads standard input, writes standard output; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        made = squares(sys.stdin.buffer.read(MAX_BYTES + 1), edges)
    except Refused as refused:
        sys.stdout.write(refused.code)
        return REFUSED
    except MemoryError:
        sys.stdout.write("too_many_pixels")
        return REFUSED
    json.dump({edge: base64.b64encode(data).decode() for edge, data in made.items()}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]]))
