"""A sitting under any order of events, against a plain model (`tests/support/sitting_model.py`, `sitting_staff.py`): a
small sample; campaigns play a thousand histories and more.
"""

from hypothesis import settings

from tests.support.sitting_staff import StaffedDay

StaffedDay.TestCase.settings = settings(max_examples=25, stateful_step_count=50, report_multiple_bugs=False)
TestStaffedDay = StaffedDay.TestCase
