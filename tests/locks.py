"""Whether somebody waits for what a connection to PostgreSQL has locked."""

IS_WAITED_FOR = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted "
    "AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)
"""To be asked on the connection that holds the lock."""
