"""Screens of the console: each asks a person for something or shows the room."""
