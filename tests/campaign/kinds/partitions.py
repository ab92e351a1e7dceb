"""Five PCs of one room, each on a bad line of its own while its candidate types on."""

from tests.campaign.kind import Kind
from tests.faults import partitions

KIND = Kind(
    __name__, "five lines between PCs and their room, each bad by a schedule of its own", partitions.run,
    ci=4, full=100, batch=1, patience=240.0,
)  # fmt: skip
