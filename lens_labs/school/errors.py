"""What goes wrong in a way that the reader of the message can mend."""


class SchoolError(Exception):
    """A fault with a way on: its text says what came, what is allowed and what to do; no traceback is needed."""
