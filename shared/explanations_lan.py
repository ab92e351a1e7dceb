"""What the wire codes of the machines at an exam site mean to a person: the part of `shared.explanations` for the LAN.

Each says what happened, what was kept and what to do next. Faces that know the facts (seat, time) have fuller texts of
their own; these stand where they do not.
"""

from typing import Final


def N_(msgid: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return msgid


LINKS: Final[dict[str, str]] = {
    "no_link": N_(
        "The next machine does not answer. What was already saved is kept. Check cable and switch, and that the other "
        "machine runs; the program goes on trying."
    ),
    "no_port": N_(
        "The program cannot listen at its address. Nothing was changed. Check the machine's fixed address and that the "
        "program does not run twice."
    ),
    "no_certificate": N_(
        "The machine showed no certificate. Nothing was accepted from it. Enrol it with the code shown at the site "
        "machine."
    ),
    "older_version": N_(
        "A document of this version or a newer one is here already. The one in use is kept. Fetch the newest."
    ),
    "other_version": N_(
        "The two programs are of different versions. Nothing was changed. Install the same version on both machines."
    ),
    "other_ca": N_(
        "The authorisation was made for another site, or before this one was set up anew. Nothing was changed. "
        "Register the site at the platform again and fetch a new authorisation."
    ),
    "other_session": N_(
        "This was made for another session. It was not used and nothing was changed. Take the files of this session."
    ),
    "bad_change": N_(
        "These changes cannot be meant as they stand, or do not continue those taken in before. They were not used and "
        "nothing was changed. Ask the platform for its newest ones."
    ),
    "gap": N_(
        "Records are missing in between. What came is kept as it was and nothing is skipped. The sender sends the rest "
        "by itself; if this stays, call the technician."
    ),
    "conflict": N_(
        "Two different records claim the same place. The stored one is kept and nothing was overwritten. Call the "
        "technician and do not switch any machine off."
    ),
    "no_epoch": N_(
        "This PC no longer writes for the candidate, who goes on at another PC. What it had is kept. Leave this PC on "
        "and ask the technician."
    ),
    "room_replaced": N_(
        "Another machine took this room machine's place. Nothing was sent to it; what was saved is kept. Switch the "
        "old machine off for good; the program finds the new one by itself."
    ),
    "room_taken": N_(
        "The room has a machine already. Nothing was changed. Open a window for exactly this room if the machine is "
        "to be replaced, and switch the old one off."
    ),
    "old_epoch": N_(
        "Another machine has gone on with these records since. What is stored is kept and nothing was overwritten. "
        "Switch the replaced machine off for good."
    ),
    "no_history": N_(
        "This room's older records are not here yet. Nothing was changed. Bring back the link to the site machine, "
        "which fills them in."
    ),
}

SITE: Final[dict[str, str]] = {
    "port_taken": N_(
        "The port is taken by another program. Nothing was changed. End that program, or check that this one does not "
        "run twice."
    ),
    "exists": N_("This folder holds a site already. It is kept as it is. Choose another folder, or use this site."),
    "not_initialised": N_("This folder holds no site yet. Nothing was changed. Set the site up first with init."),
    "in_use": N_("Another program works in this folder. Nothing was changed. Stop it first, or use the running one."),
    "bad_id": N_(
        "This name cannot be used. Nothing was changed. Take 1 to 64 letters, digits, dots, dashes or underscores, "
        "different in more than upper and lower case."
    ),
    "no_file": N_("A file that is needed is not there. Nothing was changed. Check folder or stick and try again."),
    "no_platform": N_(
        "The platform cannot be reached. What was already saved is kept. Check the internet line, or carry the files "
        "on a stick."
    ),
    "platform_disk": N_(
        "The platform was reached, but its storage takes nothing at the moment. The bundle is kept here, and the "
        "platform keeps what it confirmed. Call the platform, not the network technician; then upload again."
    ),
    "not_joined": N_(
        "This site has not joined the platform yet. Nothing was changed. Bring the platform's welcome and join first."
    ),
    "other_platform": N_(
        "The welcome comes from another platform than the first one. It was not used. Check which platform sent it."
    ),
    "other_site": N_("The welcome was made for another site. It was not used. Fetch the one made for this site."),
    "no_formal": N_("The formal authorisation is missing. Nothing was changed. Load it first, then try again."),
    "no_package": N_("The session's paper package is missing. Nothing was changed. Load it, then try again."),
    "no_session_authorisation": N_(
        "The session authorisation is missing. Nothing was changed. Fetch it from the platform or from the stick."
    ),
    "no_window": N_(
        "No enrolment is open at the site machine. Nothing was changed. Ask the technician to open it, then try again."
    ),
    "wrong_code": N_("The enrolment code is wrong. Nothing was changed. Read the code at the site machine again."),
    "no_room": N_("This room is not known to the site. Nothing was changed. Check the room's id."),
    "other_room": N_("These records belong to another room. They were not used. Check which machine sent them."),
    "sittings_open": N_(
        "Not every room has ended and been copied whole. Nothing was written. Wait for them, then try again."
    ),
    "bundle_damaged": N_(
        "The result bundle does not verify. The records are kept in the site's copies. Write the bundle again; if it "
        "fails again, call the technician."
    ),
    "backup_first": N_("The results are not backed up yet. Nothing was sent. Back up to a stick or disc, then upload."),
    "backup_exists": N_(
        "Another bundle of this session stands there. It is kept as it is. Choose another folder or medium."
    ),
    "backup_failed": N_(
        "The backup could not be written. The results are kept on the site machine. Take another medium with enough "
        "room and try again."
    ),
    "backup_damaged": N_(
        "What was written reads back damaged. The results are kept on the site machine. Take another medium and back "
        "up again."
    ),
    "receipt_pending": N_(
        "The platform has the bundle but is not done checking it. Nothing is lost. Ask for the receipt again later."
    ),
    "service_gone": N_(
        "The service ended without an answer. What was saved is kept. Start it again and look at its log."
    ),
    "bad_roster": N_(
        "The roster cannot be read. Nothing was started. Check that it is a spreadsheet with its columns."
    ),
    "rehearsal_step": N_("A step of the rehearsal failed. All data and logs are kept. Look at the log that is named."),
}

ROOM: Final[dict[str, str]] = {
    "no_paper": N_(
        "The paper has not come yet. What was saved is kept. It is fetched again by itself; ask the proctor."
    ),
    "too_late": N_("It is too late for this. What stood before is kept. Ask the chief invigilator what to do."),
    "is_submitted": N_(
        "This candidate's paper was handed in already. The answers are kept. Nothing more can be answered; call a "
        "proctor if this is a mistake."
    ),
    "is_collected": N_(
        "This candidate's paper was collected at the end. The answers are kept. Nothing more can be answered; call a "
        "proctor if this is a mistake."
    ),
    "is_absent": N_(
        "This candidate is registered as absent. Nothing was changed. A proctor can take the absence back, then log "
        "in again."
    ),
    "is_void": N_("This candidate's paper was voided. The answers so far are kept. Ask the chief invigilator."),
    "is_cancelled": N_(
        "This session was cancelled by the certification body. Nothing is lost and nothing is held against anybody. "
        "Stay calm, stay seated and wait for what the staff announce."
    ),
    "already_open": N_(
        "The paper is open already. The exam goes on as it is and nothing was changed. Tell the platform that the "
        "change came too late."
    ),
    "too_many_sittings": N_("This room has too many sessions at once. Nothing was changed. End an older one first."),
    "slow_down": N_("Too many wrong tries. Nothing was changed. Wait until the time shown is over, then try again."),
    "pin_wrong": N_("Name or PIN is not right. Nothing was changed. Check both and try again."),
    "unknown_room": N_("The site file names no such room. Nothing was changed. Check the room's id."),
    "no_site_file": N_("The site file cannot be read. Nothing was changed. Take it from the install stick again."),
    "login_first": N_("Log-in is not allowed yet. Nothing was changed. Allow log-in first, then the start."),
    "login_closed": N_("Log-in is not open yet. Nothing was changed. Wait until the proctor opens it, then try again."),
    "login_wrong": N_(
        "Ticket number and ID number do not belong together here. Nothing was changed. Check both; ask the proctor."
    ),
    "wrong_seat": N_("This is not the arranged seat. Nothing was changed. Go to your own seat, or ask the proctor."),
    "resume_unknown": N_("The room does not know this attempt. What was saved is kept. Log in anew; ask the proctor."),
    "not_logged_in": N_("Nobody is logged in here. Nothing was changed. Log in first."),
    "not_answering": N_("Answering is not open now. Saved answers are kept. Wait for the start, or ask the proctor."),
    "not_answer": N_("This is no answer to an item of this paper. The saved answer is kept. Choose again."),
    "attempt_full": N_(
        "This PC has sent far more than an exam can hold, and nothing more is stored for it. What was saved is kept "
        "and can be handed in. Ask the technician to look at the PC."
    ),
    "already_done": N_("This was done already. Nothing was changed. Go on with the next step."),
    "not_open": N_("The paper is not open yet. Nothing was changed. Try again after the start."),
    "over": N_("The time is over and the papers are collected. Saved answers are kept. Ask the chief invigilator."),
    "finished": N_("This candidate is finished already. Saved answers are kept. Ask the chief invigilator."),
    "sitting_ended": N_("The exam of this sitting is ended. Everything is kept. Nothing more can be changed here."),
    "unknown_ticket": N_("No candidate with this ticket belongs to the room. Nothing was changed. Check the number."),
    "unfinished": N_("Candidates are not finished. The exam goes on. Register absences or wait for the collection."),
    "reason_needed": N_("A reason is needed. Nothing was changed. Write in a few words what happened."),
    "over_makeup": N_("That is more time than the rules allow. No time was added. Enter fewer minutes."),
    "not_absent": N_("This candidate is not registered as absent. Nothing was changed. Check the ticket number."),
    "was_here": N_("This candidate was logged in and is not absent. Nothing was changed. Check the ticket number."),
    "never_here": N_("This candidate never logged in. Nothing was recorded. Check the ticket number."),
    "not_allowed": N_("This is not possible here. Nothing was changed. Check the entries and try again."),
    "nothing_waiting": N_("Nobody is waiting any more. Nothing was changed. It was perhaps decided elsewhere; go on."),
    "seat_taken": N_("The seat is taken by another candidate. Nothing was changed. Take another PC and log in there."),
    "not_handed_in": N_("The paper is not handed in. The candidate stays. Hand in first, then confirm leaving."),
    "stay_seated": N_("In the last minutes nobody leaves. Nothing was changed. Stay seated until the end."),
}

MACHINES: Final[dict[str, str]] = {
    "not_enrolled": N_(
        "This machine's certificate is not known here. Nothing was accepted from it; what it saved is kept. Enrol it "
        "with a fresh code."
    ),
    "revoked": N_(
        "This machine's certificate was revoked. Nothing more is accepted from it; what was saved is kept. Ask the "
        "technician; enrol it anew if it may come back."
    ),
    "certificate_expired": N_(
        "This machine's certificate is not valid at the present trusted time. Nothing was accepted from it. Enrol it "
        "with a fresh code."
    ),
    "other_machine": N_(
        "What this machine says does not fit its certificate. Nothing was accepted from it. Check that its data folder "
        "was not copied from another machine, and enrol it anew."
    ),
    "not_confirmed": N_(
        "This machine waits to be confirmed. Nothing was changed. Confirm it on the console's machines screen; it asks "
        "again by itself."
    ),
    "declined": N_("Staff turned this machine down. Nothing was changed. Ask the technician, then enrol it again."),
    "unknown_machine": N_(
        "There is no such machine, or it was decided about already. Nothing was changed. Look at the list again."
    ),
    "seat_needed": N_("A seat number is needed. Nothing was changed. Enter the seat where this PC stands."),
    "bad_window": N_(
        "No window can be opened like this. Nothing was changed. Choose fewer minutes, or no more machines than the "
        "room has seats and spare PCs."
    ),
    "machine_unknown": N_(
        "An unknown machine showed a certificate of this site. It was not let in. See what stands at that address and "
        "tell the technician."
    ),
    "machine_revoked": N_(
        "A revoked machine tries to connect. It was not let in. See what stands at that address and tell the "
        "technician."
    ),
    "machine_expired": N_("A machine with an expired certificate tries to connect. It was not let in. Enrol it anew."),
    "machine_unlike": N_(
        "A machine says something else than its certificate. It was not let in. Tell the technician and note the time."
    ),
    "machine_twice": N_(
        "One certificate is connected from two addresses: a folder was copied. Both go on. See who sits there and "
        "revoke the certificate if it was stolen."
    ),
    "address_shared": N_("Two machines are connected from one address. Both go on. Check the addresses of the PCs."),
    "address_changed": N_(
        "A machine has another address than when it was enrolled. It goes on. Check whether it is the right one."
    ),
    "enrol_guessing": N_(
        "Enrolment codes are being guessed. Nobody was let in; after 20 wrong codes the window closes. See who is at "
        "the network, then open a new window."
    ),
}

LAN: Final = LINKS | SITE | ROOM | MACHINES
