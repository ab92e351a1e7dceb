"""The proctor machine: the room service and the console that drives it."""
