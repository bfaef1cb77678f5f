"""How a class's image is shown: addresses of squares in the public bucket."""

from libs.hot_reads import Row
from libs.objects import Objects
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import StudySessionOut

EDGES = (512, 96)
"""Of the squares that are shown, in pixels: the large one and the small one."""
COLUMNS = (*(StudySessionOut.model_fields.keys() - {"image"}), "image_folder", "image_alt")


def object_key(folder: str, edge: int) -> str:
    """Where an image's square of so many pixels lies in the public bucket."""
    return f"{folder}/{edge}.webp"


def shown(found: StudySession | Row, objects: Objects) -> Row:
    """A class, or its row, as `StudySessionOut` has it."""
    row = found if isinstance(found, dict) else {name: getattr(found, name) for name in COLUMNS}
    folder, alt = row.pop("image_folder"), row.pop("image_alt")
    large, small = EDGES
    row["image"] = folder and {
        "large": objects.public_address(object_key(folder, large)),
        "small": objects.public_address(object_key(folder, small)),
        "alt": alt,
    }
    return row
