"""The dongle: the one key that opens authorisations, behind one interface."""
