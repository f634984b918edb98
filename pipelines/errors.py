"""The errors a user is meant to read."""


class StamgastError(Exception):
    """Something the user can mend; the message is one sentence that says what and how, free of personal data.

    The command line prints it and leaves with `exit_code` (2: bad input or use, 1: blocked by a rule).
    """

    exit_code = 2


class BlockedError(StamgastError):
    """A rule stopped the run before publishing; the last published version stays in use."""

    exit_code = 1
