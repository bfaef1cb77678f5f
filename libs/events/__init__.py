"""The events by which services learn of each other, one module per producing service."""
