"""Arguments of the master-data verbs."""

import pytest

from central_platform.cli import main
from central_platform.master_cli import scaled
from shared.model import Rules


def test_every_duration_shrinks_with_the_exam_but_grace_keeps_its_floor() -> None:
    rules = scaled(Rules(), 2 / 120)
    assert (rules.duration, rules.login_opens_before, rules.arm_opens_before) == (120_000, 60_000, 40_000)
    assert (rules.late_entry, rules.earliest_hand_in, rules.last_leave) == (30_000, 30_000, 5_000)
    assert (rules.reminders, rules.grace, rules.makeup) == ((15_000, 5_000), 5_000, 45_000)
    assert scaled(Rules(), 1) == Rules()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--start", "2027-03-01T08:00:00", "+08:00"),
        ("--start", "tomorrow", "+08:00"),
        ("--room", "01:40", "01:40:4"),
        ("--room", "01:x:4", "01:40:4"),
        ("--accommodation", "1001", ":"),
    ],
)
def test_a_wrong_argument_is_told_how_to_write_it(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--data", "x", "plan", option, value])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
