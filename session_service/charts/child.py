"""The child process: reads facts as JSON, writes a picture, and ends; with it ends the memory that
matplotlib takes.

    python -m session_service.charts.child < facts.json > picture.svg
"""

import sys

from session_service.charts.drawing import draw
from session_service.charts.schemas import ChartFacts


def main() -> None:
    """From standard input to standard output."""
    facts = ChartFacts.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(facts).encode())


if __name__ == "__main__":
    main()
