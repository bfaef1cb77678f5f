"""What moderators do in channels, what is reported, and the log of both."""
