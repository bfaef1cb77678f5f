"""The two channels of each class: who is in them follows the class's members and helpers."""
