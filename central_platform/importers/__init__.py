"""Importers of question banks and rosters: every row is accepted, or rejected with its place and reason."""
