"""What becomes of uploads' bytes, in the process that is made for each of them."""

import asyncio
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from libs import squares_sandbox
from libs.squares import REFUSED, Refused
from tests.images import (
    BLUE,
    GREEN,
    RED,
    SECRETS,
    WHITE,
    archive,
    bomb,
    colours,
    encoded,
    marked_up,
    photo,
    quarters,
)

UPRIGHT = [RED, GREEN, WHITE, BLUE]


async def refusal(body: bytes) -> str:
    """The code with which bytes are refused."""
    with pytest.raises(Refused) as raised:
        await squares_sandbox.squares(body, [512, 96])
    return raised.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_u11_two_squares_in_webp(kind: str) -> None:
    made = await squares_sandbox.squares(encoded(quarters(), kind), [512, 96])
    assert set(made) == {512, 96}
    for edge, body in made.items():
        image = Image.open(io.BytesIO(body))
        assert (image.format, image.size, image.mode) == ("WEBP", (edge, edge), "RGB")
        assert colours(body) == UPRIGHT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_u11_nothing_is_left_of_what_the_file_says(kind: str) -> None:
    upload = photo(kind=kind)
    assert b"ACME Camera" in upload
    assert Image.open(io.BytesIO(upload)).getexif().get_ifd(0x8825)[2] == (28.0, 36.0, 50.0)
    for body in (await squares_sandbox.squares(upload, [512, 96])).values():
        image = Image.open(io.BytesIO(body))
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"loop", "background", "timestamp", "duration"}
        assert not any(secret in body for secret in SECRETS)
        # A plain lossy WebP: RIFF, its length, WEBP, and one VP8 chunk to the end.
        assert body[:4] + body[8:16] == b"RIFFWEBPVP8 "
        assert int.from_bytes(body[16:20], "little") + 20 in (len(body), len(body) - 1)


@pytest.mark.parametrize(
    ("orientation", "seen"),
    [
        (1, [RED, GREEN, WHITE, BLUE]),
        (2, [GREEN, RED, BLUE, WHITE]),
        (3, [WHITE, BLUE, RED, GREEN]),
        (4, [BLUE, WHITE, GREEN, RED]),
        (5, [RED, BLUE, WHITE, GREEN]),
        (6, [BLUE, RED, GREEN, WHITE]),
        (7, [WHITE, GREEN, RED, BLUE]),
        (8, [GREEN, WHITE, BLUE, RED]),
        (9, [RED, GREEN, WHITE, BLUE]),
    ],
)
async def test_u11_pictures_stand_upright(
    orientation: int, seen: list[tuple[int, int, int]]
) -> None:
    made = await squares_sandbox.squares(photo(orientation), [96])
    assert colours(made[96]) == seen


async def test_u11_the_middle_of_a_long_picture_is_shown() -> None:
    wide = Image.new("RGB", (1_200, 400), BLUE)
    wide.paste(quarters(), (400, 0))
    made = await squares_sandbox.squares(encoded(wide), [96])
    assert colours(made[96]) == UPRIGHT


async def test_u11_what_shines_through_is_white() -> None:
    clear = Image.new("RGBA", (100, 100), (220, 0, 0, 0))
    assert colours((await squares_sandbox.squares(encoded(clear), [96]))[96]) == [WHITE] * 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_a_picture"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "not_a_picture",
        ),
        (b"<?xml version='1.0'?><svg/>", "not_a_picture"),
        (b"<!doctype html><script>alert(1)</script>", "not_a_picture"),
        (b"GIF89a" + b"\0" * 100, "not_a_picture"),
        (encoded(quarters(), "GIF"), "not_a_picture"),
        (encoded(quarters(), "TIFF"), "not_a_picture"),
        (encoded(quarters(), "BMP"), "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (archive(), "not_a_picture"),
        (encoded(quarters(), "JPEG") + archive(), "more_than_a_picture"),
        (encoded(quarters(), "PNG") + archive(), "more_than_a_picture"),
        (encoded(quarters(), "PNG") + b"x", "more_than_a_picture"),
        (encoded(quarters(), "WEBP") + b"more", "more_than_a_picture"),
        (encoded(quarters(), "PNG")[:300] + encoded(quarters(), "PNG")[-12:], "unreadable"),
        (encoded(quarters(), "JPEG")[:400], "unreadable"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 400, "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 400 + b"IEND\0\0\0\0", "unreadable"),
        (encoded(Image.new("RGB", (15, 400))), "too_small"),
        (encoded(Image.new("1", (5_000, 5_001))), "too_many_pixels"),
        (encoded(Image.new("RGB", (5_000, 2_501)), "WEBP"), "too_many_pixels"),
        (bomb(), "too_many_pixels"),
        (bomb(100_000, 100_000), "too_many_pixels"),
        (b"\xff\xd8\xff" + b"\0" * 5_000_000, "too_large"),
    ],
)
async def test_u11_x17_what_is_refused(body: bytes, code: str) -> None:
    assert await refusal(body) == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_u11_letters_among_the_pixels_are_no_markup(kind: str) -> None:
    upload = marked_up(kind)
    assert b"<svg" in upload
    made = await squares_sandbox.squares(upload, [96])
    assert Image.open(io.BytesIO(made[96])).size == (96, 96)


@pytest.mark.parametrize(
    "body",
    [
        encoded(quarters(), "JPEG", comment=b"<script>alert(1)</script>"),
        encoded(quarters(), "JPEG") + b"<HTML><script>alert(1)</script>",
        encoded(quarters(), "JPEG") + b"%PDF-1.4",
    ],
)
async def test_u11_nothing_is_left_of_markup_in_or_behind_a_picture(body: bytes) -> None:
    made = await squares_sandbox.squares(body, [512, 96])
    for square in made.values():
        assert colours(square) == UPRIGHT
        assert not any(word in square for word in (b"<script", b"<HTML", b"%PDF"))


@pytest.mark.parametrize(
    ("body", "code", "megabytes"),
    [
        (bomb(), REFUSED, 60),
        (encoded(Image.new("RGBA", (5_000, 5_000))), 0, 260),
        (encoded(Image.new("RGBA", (5_000, 2_500)), "WEBP"), 0, 260),
        (encoded(Image.new("RGB", (5_000, 5_000)), "JPEG", progressive=True), 0, 260),
    ],
)
async def test_u11_memory_is_bounded(
    tmp_path: Path, body: bytes, code: int, megabytes: int
) -> None:
    """Measured by a small process between, since a child begins with its parent's peak."""
    upload = tmp_path / "upload"
    upload.write_bytes(body)
    measure = (
        "import os, subprocess, sys\n"
        "made = subprocess.Popen(sys.argv[2:], stdin=open(sys.argv[1]), stdout=-3)  # DEVNULL\n"
        "_, status, used = os.wait4(made.pid, 0)\n"
        "print(os.waitstatus_to_exitcode(status), used.ru_maxrss // 1024)"
    )
    program = [sys.executable, "-I", "-B", str(squares_sandbox.PROGRAM), "512", "96"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-c", measure, str(upload), *program, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    status, peak = map(int, output.split())
    assert status == code
    assert peak < megabytes


async def test_u11_the_process_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is started with: nothing of our environment, and no folder of ours."""
    monkeypatch.setenv("USER_KEY_SECRET", "not for decoders")
    seen: list[object] = []
    started: Any = asyncio.create_subprocess_exec

    async def spy(*arguments: object, **options: object) -> object:
        seen.append((arguments[1:3], options["env"], options["cwd"]))
        return await started(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
    await squares_sandbox.squares(encoded(quarters()), [96])
    assert seen == [(("-I", "-B"), {}, "/")]
    assert os.environ["USER_KEY_SECRET"] == "not for decoders"  # pragma: allowlist secret


async def test_u11_a_decoder_that_breaks_or_hangs_refuses(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("programs")
    broken, hanging = folder / "broken.py", folder / "hanging.py"
    broken.write_text("import os; os.abort()")
    hanging.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(squares_sandbox, "PROGRAM", broken)
    assert await refusal(b"x") == "unreadable"
    monkeypatch.setattr(squares_sandbox, "PROGRAM", hanging)
    monkeypatch.setattr(squares_sandbox, "SECONDS", 0.5)
    assert await refusal(b"x") == "unreadable"
