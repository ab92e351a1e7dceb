"""The room service: the single writer of its sittings, and the server of its candidates."""
