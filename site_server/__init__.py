"""The site server: holds authorisations and dongle, watches all rooms, backs up and uploads."""
