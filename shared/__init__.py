"""What all four programs share: the nouns, the rules, the ledger and the formats, free of any input or output.

Nothing here reads a clock, a file or a socket; the shells that do live in `shared.io`.
"""
