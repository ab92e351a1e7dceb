"""The central platform: banks, rosters and plans; issue of exams; ingest, verification and marking of results."""
