"""What is sent to endpoints of webhooks: lined up by our own events, and sent in order."""
