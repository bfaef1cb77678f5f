"""How StudyZed is run: locally without Docker, in containers, and what is watched there."""
