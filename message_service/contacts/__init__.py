"""Who may talk to whom: a local copy, fed by events of user_service and session_service."""
