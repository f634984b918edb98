"""A delivery that cannot be landed as a whole."""

from pipelines.errors import StamgastError


class RefusedFile(StamgastError):
    """Why a whole file is not landed, and what to do; the message quotes no value of the file."""
