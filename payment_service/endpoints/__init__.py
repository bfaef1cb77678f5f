"""Where people want to hear of their own money: addresses of theirs that webhooks are sent to."""
