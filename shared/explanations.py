"""What every wire code means to a person, in plain English (the msgid): what happened, what was kept, what to do next.

A code raised anywhere has its line here, in `shared.explanations_lan` (machines), `shared.explanations_time` (clocks)
or `shared.explanations_staff` (rights), and its Chinese in `shared/locale`; a repository test compares. Does not
translate: `shared.io.text.explain` does.
"""

from typing import Final

from shared.explanations_dongle import DONGLE
from shared.explanations_lan import LAN, N_
from shared.explanations_moves import MOVES
from shared.explanations_saves import SAVES
from shared.explanations_staff import STAFF
from shared.explanations_time import TIME

EXPLANATIONS: Final[dict[str, str]] = {
    **LAN,
    **DONGLE,
    **TIME,
    **SAVES,
    **STAFF,
    **MOVES,
    # The classes of shared.errors.
    "internal": N_(
        "Something unexpected went wrong in the program. What was already saved is kept. Try once more; if it happens "
        "again, call the technician and note the time."
    ),
    "untrusted": N_(
        "The data received did not pass the check. It was not used and nothing was changed. Fetch it again from where "
        "it came; if it fails again, report it."
    ),
    "malformed": N_(
        "The data received is incomplete or not in the right form. It was not used and nothing was changed. Fetch or "
        "copy it again; if it fails again, report it."
    ),
    "bad_signature": N_(
        "The signature, key or certificate does not fit. The data was not used and nothing was changed. Do not go on "
        "with this file or machine; get it again from its source and tell the technical head."
    ),
    "wrong_binding": N_(
        "This is genuine, but made for another site, session, room, dongle or version. It was not used and nothing was "
        "changed. Check that you took the right file and the right dongle."
    ),
    "expired": N_(
        "This is genuine, but not valid at the present trusted time. It was not used and nothing was changed. Check "
        "the time shown on the screen, then get a document that is still valid."
    ),
    "damaged": N_(
        "Stored or received records are damaged. Nothing was deleted or skipped, and sound copies elsewhere are "
        "untouched. Call the technician, who repairs them from the neighbouring machine's copy."
    ),
    "refused": N_(
        "The rules do not allow this now. Nothing was changed. Check the state shown on the screen, or ask the person "
        "in charge."
    ),
    "unavailable": N_(
        "A machine, disk, key or dongle that is needed cannot be reached now. What was already saved is kept. Check "
        "cable, power and plug; the program goes on trying by itself."
    ),
    "misuse": N_(
        "The program stopped an action because of an error of its own. Nothing was changed. Note the time and what you "
        "did, and report it to the technical support."
    ),
    # Untrusted, more exactly.
    "too_large": N_(
        "The data is larger than allowed. It was not used and nothing was changed. Check that the right file was "
        "chosen, or split it."
    ),
    "truncated": N_(
        "The data ends too early: it was not copied whole. It was not used and nothing was changed. Copy or fetch it "
        "again."
    ),
    "other_signer": N_(
        "This was signed by somebody else than the one whose word counts here. It was not used and nothing was "
        "changed. Do not go on with this file; get it from its source and tell the technical head."
    ),
    "not_yet_valid": N_(
        "This is genuine, but not valid yet at the present trusted time. It was not used and nothing was changed. "
        "Check the time shown on the screen, and try again when it is due."
    ),
    "wrong_type": N_(
        "This is a document of another kind than the one needed here. It was not used and nothing was changed. Choose "
        "the right file."
    ),
    # Files that the platform imports, and its plans.
    "file_missing": N_("The file cannot be opened. Nothing was changed. Check the name and that it is not in use."),
    "file_type": N_("Files of this kind are not read. Nothing was changed. Save it in one of the kinds named."),
    "file_empty": N_("The file holds nothing to import. Nothing was changed. Check that the right file was chosen."),
    "file_too_large": N_(
        "The file, or what it unpacks to, is larger than allowed. Nothing was changed. Split it, or save only the "
        "cells that are used."
    ),
    "file_too_many_rows": N_("The file has more rows than allowed. Nothing was changed. Split it."),
    "file_encoding": N_("The file is not UTF-8 text. Nothing was changed. Save it again as UTF-8."),
    "file_not_xlsx": N_(
        "The file is not a readable .xlsx workbook: it is damaged, protected by a password or of another form. Nothing "
        "was changed. Open it in the spreadsheet program and save it again as .xlsx without a password."
    ),
    "file_not_zip": N_("The file is not a readable .zip. Nothing was changed. Make it again and import once more."),
    "file_damaged": N_("The file is damaged. Nothing was changed. Copy it again from its source and import once more."),
    "file_no_header": N_(
        "No sheet has a header row with the needed columns. Nothing was changed. Check that the right file was chosen, "
        "and the names of its columns."
    ),
    "file_header_twice": N_("A column stands twice in the header. Nothing was changed. Delete or rename one of them."),
    "import_has_faults": N_(
        "Some rows cannot be taken. Nothing was stored. Mend the rows listed and import again, or import without them."
    ),
    "import_empty": N_("No row can be taken. Nothing was stored. Mend the rows listed and import again."),
    "id_number_taken": N_(
        "An ID number already stands in this roster under another ticket number. Nothing was stored. Mend the file, or "
        "use another roster."
    ),
    "bad_name": N_("A name has 1 to 64 visible characters without blanks. Nothing was changed. Choose another name."),
    "bad_seed": N_("A seed has 1 to 64 visible characters without blanks. Nothing was changed. Choose another one."),
    "unknown_bank": N_("There is no bank of this name. Nothing was changed. Check the name, or import the bank first."),
    "unknown_roster": N_(
        "There is no roster of this name. Nothing was changed. Check the name, or import the roster first."
    ),
    "unknown_session": N_("There is no such session. Nothing was changed. Check its id, or plan it first."),
    "bad_plan": N_("The plan cannot be carried out as it stands. Nothing was stored. Mend what is named and store it."),
    "bad_blueprint": N_("The blueprint cannot be used. Nothing was changed. Mend its kinds, counts and marks."),
    "plan_in_use": N_(
        "Places or papers were already made by the stored plan. It was kept. Replace it on purpose if they shall be "
        "dropped."
    ),
    "too_few_seats": N_("There are more candidates than seats. Nothing was changed. Add rooms or seats to the plan."),
    "bank_too_small": N_(
        "The bank has too few items for even one paper. Nothing was changed. Import more items, or ask for fewer."
    ),
    "paper_too_large": N_("The pictures of a paper are too large together. Nothing was changed. Make them smaller."),
    "already_arranged": N_(
        "The session has another arrangement already. It was kept. Replace it on purpose if it shall be dropped."
    ),
    "already_assembled": N_(
        "The session has other papers already. They were kept. Replace them on purpose if they shall be dropped."
    ),
    "not_arranged": N_("The session has no places yet. Nothing was changed. Arrange it first."),
    "not_assembled": N_("The session has no papers yet. Nothing was changed. Assemble them first."),
    # The platform's exchange with its sites.
    "already_set_up": N_(
        "Something is set up here already. It was kept as it is. Choose another folder, or go on with this one."
    ),
    "not_set_up": N_(
        "Nothing was set up in this folder, or a file of it is missing. Nothing was changed. Check the folder, or "
        "set it up with init."
    ),
    "file_failed": N_(
        "A file could not be read or written. What was stored before is kept. Check the path, the medium and its "
        "free space, and try again."
    ),
    "site_exists": N_(
        "A site of this name is registered with another CA or dongle. The old registration was kept. Check the name; "
        "replace it on purpose if the site was rebuilt."
    ),
    "unknown_site": N_("The site is not registered here. Nothing was changed. Register it first, or check its name."),
    "unauthorised": N_(
        "The platform does not know this site's token. Nothing was changed. Check that the site joined with its "
        "newest welcome file."
    ),
    "not_found": N_("There is no such thing here for you. Nothing was changed. Refresh the list and try again."),
    "too_early": N_("It is not time for this yet. Nothing was changed. Try again at the time shown."),
    "not_issued": N_(
        "The session was never issued here. Nothing was changed. Issue it first, or check that this is the right "
        "platform."
    ),
    "mixed_parts": N_(
        "The parts do not belong together. None was used and nothing was changed. Take all parts from one issue."
    ),
    "no_results": N_(
        "No verified bundle of this session has come. Nothing was written. Wait for the upload, or take the bundle "
        "in from a disc."
    ),
    "incomplete": N_("The upload is not whole yet. What arrived is kept. Go on uploading from there."),
    "other_size": N_(
        "The bundle has another size or session than announced. What arrived before is kept. Announce the upload again."
    ),
    "other_offset": N_(
        "The upload stands elsewhere than the sender thought. What arrived is kept. Ask where it stands and go on "
        "from there."
    ),
    "other_digest": N_(
        "The bytes received are not those that were announced. They were thrown away; the file at the site is "
        "untouched. Upload it again."
    ),
    "other_bundle": N_(
        "The bundle holds another site's or session's results. It was not taken in and nothing was changed. Choose "
        "the right file."
    ),
    "contradicts_head": N_(
        "A signed head contradicts another one about the same record. Both are kept as evidence, nothing was taken in "
        "or changed. Compare the place that is named with the room's copy and the receipts, and tell the certification "
        "body."
    ),
    "too_many_heads": N_(
        "More signed heads came than are kept. Those held are kept; nothing else changed. Tell the technical head."
    ),
    "disk_full": N_("The disk has too little free space. What was already saved is kept. Make room, then try again."),
    "disk_failed": N_(
        "The disk refused to write. What was already confirmed is kept; nothing new is confirmed. Call the "
        "technician to check the disk."
    ),
    "link_cut": N_(
        "The connection was cut. What was already saved is kept. Check cable and power; the program connects again "
        "by itself."
    ),
}
