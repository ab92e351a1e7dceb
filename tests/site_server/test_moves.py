"""The moves that a site keeps."""

from shared import crypto, ledger, signed
from shared import documents as d
from shared import messages as m
from shared import records as r
from site_server.moves import Move, Moves
from site_server.station import Station
from tests.support.site_day import Made


async def test_a_move_is_known_after_a_restart(station: Station, joined: Made) -> None:
    day = joined.day
    await station.held.load(day.formal, day.package, day.session_document)
    one = station.held.get("m1")
    assert station.moves.stays(one).rooms() == {"01"} and station.moves.takes_part(one, "01")
    grant = d.MoveGrant("m1", "1001", "01", "02", 7, 1000, ledger.START, 5)
    document = signed.sign(station.site.keys.ca, d.MOVE, grant)
    brought = r.GuestBrought("1001", "A", 0, 0, (), 0, 0, 0, False, (), 0, (), 0, ())
    guest = m.Guest(document, brought, True, False, "赵主考")
    told = r.MoveGranted("m1", "1001", "01", "02", 7, 1000, crypto.sha256(document), "赵主考")
    formal = day.another(rooms=(day.room, type(day.room)("02", "备用", 30, 3)), version=2)
    day.keys.sittings["02"] = crypto.new_key()
    await station.moves.keep([Move(grant, document, told, guest)])
    again = Moves(station.site)
    assert again.documents("m1") == [document] and again.guest("m1", "1001", 1000) == guest
    assert again.guest("m1", "1001", 1) is None and formal
