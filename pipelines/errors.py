"""The errors a user is meant to read."""


class StamgastError(Exception):
    """Something the user can mend; the message is one sentence that says what and how, free of personal data.

    The command line prints it and leaves with `exit_code`.
    """

    exit_code = 2
