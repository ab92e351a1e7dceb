"""Everything an opened site consists of, put together once for the service and for commands without a service."""

from shared.errors import Unavailable
from site_server.authorisation import Authorisations
from site_server.copies import Copies
from site_server.enrolment import Desk
from site_server.folder import Folder
from site_server.machines import Machines
from site_server.moves import Moves
from site_server.rooms import Rooms
from site_server.saver import Saver
from site_server.site import Site


class Station:
    """The site with its authorisations, copies, machines, enrolment desk, room links and saves."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.held = Authorisations(site)
        self.moves = Moves(site)
        self.copies = Copies(site.store, self.held, self.moves)
        self.machines = Machines(site)
        self.machines.opened = self.copies.opened
        self.desk = Desk(site, self.machines, self.held.plan_of)
        self.rooms = Rooms(site, self.held, self.copies, self.desk, self.machines)
        self.saver = Saver(site, self.rooms.warn, self.rooms.withdraw)

    @classmethod
    def open(cls, folder: Folder, secret: str | None, *, overriding: bool = False) -> "Station":
        """Opens for work, or for looking only when `secret` is None; raises like `Site.open`."""
        site = Site.open(folder, secret, overriding=overriding)
        try:
            return cls(site)
        except BaseException:
            site.close()
            raise

    def check_working(self) -> None:
        """Raises `Unavailable` (`disk_failed`) once the disk has refused a write."""
        if self.site.broken.is_set():
            raise Unavailable("the disk refused a write; restart the service", "disk_failed")

    def close(self) -> None:
        """Lets the folder go."""
        self.site.close()
