"""What entries of several areas say."""

RECORD = "the class's record of what was done and how well; its student has no name any more"
COURSE = "course material, which the class's students go on using"
TAUGHT = "study_session_id IN (SELECT id FROM study_sessions WHERE tutor_id = :person)"
"""Rows of classes that the person owns."""
