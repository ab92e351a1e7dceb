"""The proctor's console (监考管理系统): a Textual client of the room service; it shows states and counts, never an
answer.
"""
