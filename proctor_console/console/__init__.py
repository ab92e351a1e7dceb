"""The proctors' terminal console, a client of the room service."""
