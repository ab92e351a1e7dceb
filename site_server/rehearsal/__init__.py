"""The rehearsal: starts all four programs as processes, runs an exam day and judges it."""
