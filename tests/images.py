"""Pictures as clients send them, good and bad."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 0, 0), (0, 160, 0), (0, 0, 220), (255, 255, 255)
GPS_IFD, ORIENTATION, MAKE, DESCRIPTION = 0x8825, 0x0112, 0x010F, 0x010E
SECRETS = (b"ACME Camera", b"at home", b"hidden comment", b"<x:xmpmeta")
"""What must not be left of `photo`."""


def quarters(size: int = 400) -> Image.Image:
    """Red and green above, blue and white below: one sees how it is turned."""
    image = Image.new("RGB", (size, size), RED)
    half = size // 2
    image.paste(GREEN, (half, 0, size, half))
    image.paste(BLUE, (0, half, half, size))
    image.paste(WHITE, (half, half, size, size))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def photo(orientation: int = 1, kind: str = "JPEG") -> bytes:
    """With all that a telephone writes into a file: where, with what, how it was held."""
    exif = Image.Exif()
    exif[MAKE], exif[DESCRIPTION], exif[ORIENTATION] = "ACME Camera", "at home", orientation
    exif[GPS_IFD] = {1: "N", 2: (28.0, 36.0, 50.0), 3: "E", 4: (77.0, 12.0, 32.0)}
    options: dict[str, Any] = {"exif": exif, "xmp": b"<x:xmpmeta>Delhi</x:xmpmeta>"}
    if kind == "JPEG":
        options |= {"comment": b"hidden comment", "quality": 95}
    return encoded(quarters(), kind, **options)


def bomb(width: int = 40_000, height: int = 40_000) -> bytes:
    """A PNG of a few bytes that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def marked_up(kind: str) -> bytes:
    """A picture among whose pixels `<svg` stands, as it does by chance in one of many photos."""
    if kind == "JPEG":
        body = encoded(Image.effect_noise((400, 400), 90).convert("RGB"), "JPEG", quality=95)
        place = next(
            place for place in range(len(body) * 3 // 4, len(body))
            if 0xFF not in body[place - 1 : place + 5]
        )  # fmt: skip
        return body[:place] + b"<svg" + body[place + 4 :]
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    data = zlib.compress((b"\0" + b"<svg" * 48) * 64, level=0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def archive() -> bytes:
    """A ZIP file, such as a JAR is one."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return target.getvalue()


def colours(body: bytes) -> list[tuple[int, int, int]]:
    """The corners of a picture, clockwise from above left, each as the nearest of ours."""
    image = Image.open(io.BytesIO(body)).convert("RGB")
    near, far = image.width // 8, image.width * 7 // 8
    return [_nearest(image, at) for at in ((near, near), (far, near), (far, far), (near, far))]


def _nearest(image: Image.Image, at: tuple[int, int]) -> tuple[int, int, int]:
    pixel: Any = image.getpixel(at)

    def distance(one: tuple[int, int, int]) -> int:
        return sum(abs(a - b) for a, b in zip(one, pixel, strict=True))

    return min((RED, GREEN, BLUE, WHITE), key=distance)
