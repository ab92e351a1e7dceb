"""Every limit of the system, named once.

Sizes are bytes, times are integer milliseconds unless the name says otherwise. Does not hold exam rules:
those are data of a session (`shared.model.Rules`).
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
DAY: Final = 24 * 60 * MINUTE

PLATFORM_PORT: Final = 8440
SITE_PORT: Final = 8441
ROOM_PORT: Final = 8442
PAGE_PORT: Final = 8443

FRAME_BYTES: Final = 64 * KIB
"""Largest WebSocket frame anybody accepts on the LAN."""
PAGE_FRAME_BYTES: Final = 16 * KIB
RECORD_BYTES: Final = 16 * KIB
"""Largest record (header and sealed body) in a ledger stream."""
RECORDS_PER_FRAME: Final = 200
BATCH_BYTES: Final = 48 * KIB
"""A sender stops filling a frame here, so that one more record still fits FRAME_BYTES."""
RECENT_BYTES: Final = 2 * MIB
"""About as many bytes of entries a store has just committed and keeps at hand for the next hop."""
FRAMES_PER_SECOND: Final = 200
"""Units a second that a room takes from one connection for ever, and FRAMES_AT_ONCE in a burst; a frame is one unit and
one more for each FRAME_UNIT bytes of it. More than an honest PC ever sends; a faster one is made to wait.
"""
FRAMES_AT_ONCE: Final = 1000
FRAME_UNIT: Final = 1 * KIB
FRAMES_IN_WORK: Final = 16
"""Frames of records that one connection may have waiting for their commit; the rest waits unread."""
FLOOD_NOTICED: Final = 2 * SECOND
"""A connection that was made to wait this long in all is a flood, and staff hear of it."""
ATTEMPT_BYTES: Final = 4 * MIB
"""Records of one attempt, all epochs together, each counted as body and HEADER_ABOUT; more are refused, so that one PC
cannot fill the room's disk. A request to hand in never is.
"""
HEADER_ABOUT: Final = 256
SEND_BYTES: Final = 2 * ATTEMPT_BYTES
"""Bytes waiting for one slow peer before it is disconnected: more than a whole history."""
FAULTS_SHOWN: Final = 10
FAULT_CHARS: Final = 32

CONNECTIONS_PER_ADDRESS: Final = 32
"""Open connections from one address at one port."""
STRANGERS: Final = 256
"""Open connections at one port that have proven nothing yet, or twice the machines it knows where that is more; the
oldest makes room for a newer one.
"""
CONNECTIONS_PER_MACHINE: Final = 8
"""Open connections of one proven machine; the oldest makes room."""
CONNECTS_AT_ONCE: Final = 64
"""New connections from one address in a burst, and CONNECTS_PER_SECOND for ever."""
CONNECTS_PER_SECOND: Final = 4
HANDSHAKE: Final = 10 * SECOND
"""A TLS handshake that takes longer is cut off."""
REQUEST: Final = 10 * SECOND
"""The head of a request, and its body, must each be here after this long."""

DOCUMENT_BYTES: Final = 8 * MIB
"""Largest signed document (authorisation, grant, receipt)."""
PACKAGE_BYTES: Final = 512 * MIB
PROOF_BYTES: Final = 64 * KIB
OFFER_BYTES: Final = DOCUMENT_BYTES + FRAME_BYTES
"""A `SessionOffer` carries a whole formal authorisation, which is larger than a LAN frame at a large site."""
PAPER_BYTES: Final = 64 * MIB
"""Largest opened paper form, pictures included."""
CHUNK_BYTES: Final = 1 * MIB
"""Plain bytes in one sealed chunk of a package."""
BUNDLE_BYTES: Final = 8 * 1024 * MIB
UPLOAD_PATCH_BYTES: Final = 4 * MIB

SEATS_PER_ROOM: Final = 40
EPOCHS_PER_STAY: Final = 1000
"""Attempt epochs that one room may grant a candidate; those of the next room begin at the next multiple."""
SITTINGS_PER_ROOM: Final = 8
ITEMS_PER_PAPER: Final = 400
OPTIONS_PER_ITEM: Final = 26
PICTURE_BYTES: Final = 2 * MIB
TEXT_CHARS: Final = 4000
NAME_CHARS: Final = 64
DETAIL_CHARS: Final = 1000
"""Longest detail of an error, as logged and sent."""
CHANGE_CHARS: Final = 2000
"""Text of a correction, or reason of a postponement or cancellation."""
CHANGES: Final = 200
"""Changes of one session."""
CORRECTIONS_SHOWN: Final = 5
CORRECTION_SHOWN_CHARS: Final = 200
"""Of each on the console's board."""
ROSTER_ROWS: Final = 100_000
BANK_ROWS: Final = 100_000
IMPORT_BYTES: Final = 64 * MIB
UNPACKED_BYTES: Final = 256 * MIB
"""Largest sum of the declared sizes inside an imported zip or workbook."""
ZIP_ENTRIES: Final = 20_000
SHEET_COLUMNS: Final = 200
SHEET_CELLS: Final = 5_000_000
"""Most cells of an imported workbook, empty ones between others included."""

BEACON_EVERY: Final = 10 * SECOND
BEAT_EVERY: Final = 2 * SECOND
"""A PC asks its room for the time, and a room its site, this often: the sign of life of whoever asks and answers."""
PEER_SILENT: Final = 4 * SECOND
"""Who gave no sign of life for so long counts as silent; staff hear of it within 5 s. No connection is cut for it."""
DISK_LOW: Final = 1024 * MIB
"""Less free space than this is an alarm, long before anything fails: a room's day takes about 200 MiB."""
HEAD_EVERY: Final = 10 * SECOND
DEVICE_HEADS_EVERY: Final = 5 * MINUTE
SITE_HEADS_KEPT: Final = 10_000
"""Heads of the site stream that a room keeps: some months of exam days."""
LINK_RETRY_MIN: Final = 200
LINK_RETRY_MAX: Final = 5 * SECOND
LINK_SILENT: Final = 15 * SECOND
"""No sign of the peer for this long: the link is taken as cut."""
TICK_EVERY: Final = 100
TIME_ROUND_TRIP_MAX: Final = 5 * SECOND
"""A slower time exchange is refused."""
TIME_SAMPLES: Final = 4
CLOCK_JUMP: Final = 2 * SECOND
"""A difference between system clock and trusted time that grew by this much is recorded."""

NEIGHBOURS: Final = 3
"""Neighbours that must agree on the time after a reboot; fewer only where there are not that many."""
NEIGHBOUR_ERROR: Final = 5 * SECOND
"""An answer of a neighbour that is less certain than this is not used."""
NEIGHBOURS_GATHER: Final = 2 * SECOND
"""From the first answer on others may come; then the largest set that agrees counts."""
CONFIRM_WITHIN: Final = 5 * MINUTE
"""Two people confirm the wall clock within this time of each other ..."""
CONFIRM_APART: Final = MINUTE
"""... and their times agree within this; it is the error bound of what they confirmed."""

ENROL_WRONG_CODES: Final = 20
ENROL_CODE_DIGITS: Final = 8
ENROL_GUESSES_TOLD: Final = 5
"""From so many wrong codes on staff hear of it: fewer are typing errors."""
ENROL_BYTES: Final = 4 * KIB
"""Largest body of an enrolment request."""
ENROL_HELD: Final = 30 * SECOND
"""An enrolment request waits this long for its confirmation; the machine then asks again."""
ENROL_PATIENCE: Final = 20 * MINUTE
"""A machine asks for its certificate this long."""
ENROL_REPLACEMENTS: Final = 10
"""Machines a window admits beyond the seats and spares of its room."""
WINDOW_MINUTES: Final = 20
WINDOW_MINUTES_MAX: Final = 24 * 60
WINDOW_ROOMS: Final = 1000
CONSOLES_PER_ROOM: Final = 6
"""Consoles a window admits."""
CERTIFICATE_DAYS: Final = 30
"""A machine's certificate counts from a day before its issue for so long."""
SPARES_PER_ROOM: Final = 10
"""Spare PCs of a room whose plan is not known."""
SEAT_MOST: Final = 250
MACHINES_SHOWN: Final = 150
"""Machines a console is shown at most, the revoked ones left out first."""
ALARM_AGAIN: Final = 1 * MINUTE
"""The same alarm about the same seat or machine is not repeated sooner."""
LOGIN_PAUSE: Final = 2 * SECOND
"""Wait after a wrong login at a seat, doubled up to LOGIN_PAUSE_MAX."""
LOGIN_PAUSE_MAX: Final = 30 * SECOND
PIN_TRIES: Final = 5
"""So many wrong PINs in a row lock a person until the site or 主考 resets them."""
PIN_DIGITS: Final = 6
PROPOSAL_LAPSES: Final = 15 * MINUTE
PROPOSALS_OPEN: Final = 20
"""Proposals that may wait in one sitting at once: they fit into a board."""
PROPOSAL_CHARS: Final = 200
"""So much of a proposal's reason stands on the board; the record has all of it."""
LOST_LEAST: Final = 5 * SECOND
"""Less lost time than this is not proposed to be made up."""
LOST_WAIT: Final = MINUTE
"""So long after an outage PCs may take to come back before they are shown as still out of work."""
LOST_SLACK: Final = 2 * SECOND
"""What a PC writes this shortly before it is back belongs to its return."""
SERVED_EVERY: Final = 2 * SECOND
"""How often a room notes durably that it serves, and looks at its disk and its links."""
DISK_HANGS: Final = 2 * SECOND
"""A note that is not durable after so long is an alarm: nothing is acknowledged meanwhile."""
EXTRA_MOST: Final = 240 * MINUTE
"""Most time that two people may give beyond the rule, all in all."""
PASSPHRASE_CHARS: Final = 12
PASSPHRASE_DISTINCT: Final = 5
"""Fewest different characters."""
PASSPHRASE_DIGITS: Final = 16
"""Fewest characters of a passphrase of digits alone."""
DONGLE_TRIES: Final = 10
DONGLE_EVERY: Final = 2 * SECOND
"""How often the site looks whether its dongle is still there."""
DONGLE_ANSWER: Final = 2500
"""A token that does not answer a request for this long is taken as dead; with `DONGLE_EVERY` that is under 5 s."""
DONGLE_OPEN: Final = 30 * SECOND
"""The same for opening a token."""
REPORTS_KEPT: Final = 2000
"""Reports of a site that the platform keeps: more than a day of them, one a minute."""
SITTING_EPOCHS: Final = 1000
"""Epochs of a sitting that a site may grant in one epoch of its own stream; a restored one begins the next block."""
SAVE_EVERY: Final = 3 * MINUTE
"""How often a running site saves its data, where anything changed ..."""
SAVE_APART: Final = 10 * SECOND
"""... and how soon after the last time at the earliest, however much happens."""
SAVE_OLD: Final = 15 * MINUTE
"""A save that takes longer, or a last one older than this, is an alarm."""
SAVED_FILES: Final = 2000
DONGLE_MAKE: Final = 180 * SECOND
"""The same for making its keys: a smart card takes its time over RSA."""
