"""Messages: numbered from 1 without gaps in each conversation, each stored once."""
