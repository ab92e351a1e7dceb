"""The candidate PC: the agent with its own ledger, and the page it serves on loopback."""
