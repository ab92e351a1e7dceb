"""What holds for all tests: Hypothesis judges what is said, not how long the machine took to say it."""

from hypothesis import settings

settings.register_profile("kaodian", deadline=None)
settings.load_profile("kaodian")
