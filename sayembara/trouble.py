"""What goes wrong for the person at the keyboard."""


class Trouble(Exception):
    """Something that the person can act on: shown as one line, without a traceback."""
