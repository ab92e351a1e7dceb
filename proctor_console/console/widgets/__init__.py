"""Widgets of the console: each draws one part of the state; none sends anything."""
