"""The child process: reads a test's results as JSON, writes the statistics, and ends. With it ends
the memory that numpy takes, which no worker has to keep.

    python -m session_service.item_statistics.child < facts.json > results.json
"""

import sys

from session_service.item_statistics.analysis import analyse
from session_service.item_statistics.schemas import ResultFacts


def main() -> None:
    """From standard input to standard output."""
    facts = ResultFacts.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(analyse(facts).model_dump_json().encode())


if __name__ == "__main__":
    main()
