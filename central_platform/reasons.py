"""What each reason of an import's remarks means to a person, and whole remarks as one line of text.

A fault's row was not imported; a note's row was, after the repair it names. Reads and judges nothing.
"""

from typing import Final

from central_platform.importers.reading import RowFault
from shared.io.text import translator


def N_(msgid: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return msgid


REASONS: Final[dict[str, str]] = {
    # Faults of questions.
    "missing_type": N_("the type is missing; write 单选题, 多选题 or 判断题"),
    "unknown_type": N_("unknown type; write 单选题, 多选题 or 判断题"),
    "empty_stem": N_("the stem is empty"),
    "empty_option": N_("the option shows nothing"),
    "too_long": N_("the text is too long"),
    "picture_in_text": N_("the text contains a picture; name the picture file in the picture column instead"),
    "too_few_options": N_("fewer than two options"),
    "too_many_options": N_("more than 26 options"),
    "truefalse_options": N_("a true/false question has exactly two options, or none written"),
    "option_gap": N_("this option is empty but a later one is not"),
    "duplicate_option": N_("two options are shown alike"),
    "missing_answer": N_("the answer is missing"),
    "bad_answer": N_("the answer is not made of option letters"),
    "repeated_letter": N_("a letter stands twice in the answer"),
    "answer_without_option": N_("the answer names a letter that has no option"),
    "multiple_with_one": N_("a multiple-choice answer has at least two letters"),
    "single_with_several": N_("this type has exactly one right letter"),
    "bad_marks": N_("the marks are not a number between 0.01 and 1000 with at most two decimals"),
    "bad_id": N_("the number is longer than 64 characters or contains blanks"),
    "duplicate_id": N_("an earlier row has the same number"),
    "duplicate_question": N_("the same question stands earlier in the file, and neither has a number"),
    "image_name": N_("the picture's name leads outside the folder"),
    "image_missing": N_("there is no such picture file"),
    "image_too_large": N_("the picture is larger than 2 MiB"),
    "images_too_large": N_("the pictures of this file are too large together"),
    "image_type": N_("not a PNG, JPEG, GIF or WebP picture"),
    "image_damaged": N_("the picture file is damaged or cut short"),
    "too_many_images": N_("more than 8 pictures"),
    "bad_json": N_("the line is not a JSON object with the fields type, stem, options and answer"),
    "cell_is_date": N_("the spreadsheet turned this cell into a date; format it as text and write it again"),
    "cell_error": N_("the cell contains an error of the spreadsheet"),
    "gift_short": N_("short-answer questions cannot be held"),
    "gift_numerical": N_("numerical questions cannot be held"),
    "gift_matching": N_("matching questions cannot be held"),
    "gift_essay": N_("essay questions cannot be held"),
    "gift_description": N_("a description is not a question"),
    "gift_missing_word": N_("missing-word questions cannot be held"),
    "gift_broken": N_("the braces or answers of this question cannot be understood"),
    "gift_partial_credit": N_("partial credit for a wrong choice cannot be held"),
    # Faults of candidates.
    "empty_name": N_("the name is missing"),
    "missing_ticket": N_("the ticket number is missing"),
    "bad_ticket": N_("a ticket number is 4 to 32 letters, digits or hyphens"),
    "duplicate_ticket": N_("an earlier row has the same ticket number"),
    "missing_id": N_("the ID number is missing"),
    "id_is_number": N_("a number cell has lost digits of the ID number; format it as text and write it again"),
    "id_form": N_("an ID number has 17 digits and a last digit or X"),
    "id_date": N_("the date of birth in the ID number does not exist"),
    "id_check_digit": N_("the check digit of the ID number does not fit; a digit is wrong"),
    "duplicate_id_number": N_("an earlier row has the same ID number"),
    # Notes.
    "characters": N_("invisible characters were removed"),
    "spaces": N_("stray blanks were removed"),
    "markup": N_("markup that cannot be shown was removed"),
    "entity_as_text": N_("contains something like &nbsp; which is shown as it stands"),
    "markdown_as_text": N_("Markdown is shown as it stands"),
    "number_cell": N_("the cell is a number; check that it is shown as meant"),
    "ticket_is_number": N_("the ticket number is stored as a number; check that no leading zero was lost"),
    "same_question": N_("the same question stands in the file under another number"),
    "gift_weights": N_("unequal weights are not kept; the session's rule marks"),
    "sheet_skipped": N_("this sheet has no header row with the needed columns and was not read"),
    "pictures_inside": N_("pictures placed inside the sheet are not read; give them as files"),
}


def explain_reason(code: str, language: str | None = None) -> str:
    """The text of a reason code; an unknown code is shown as it stands."""
    return translator("central_platform", language)(REASONS[code]) if code in REASONS else code


def remark(fault: RowFault, language: str | None = None) -> str:
    """A fault or note as one line: sheet, row, column, reason and value, as far as there are any."""
    _ = translator("central_platform", language)
    place = [_("sheet {name}").format(name=fault.sheet)] if fault.sheet else []
    place.append(_("row {number}").format(number=fault.row))
    if fault.column:
        place.append(_("column {name}").format(name=fault.column))
    value = _(" ({value})").format(value=fault.value) if fault.value else ""
    return _("{place}: {reason}{value}").format(
        place=_(", ").join(place), reason=explain_reason(fault.reason, language), value=value
    )
