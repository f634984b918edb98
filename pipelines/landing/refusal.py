"""A delivery that cannot be landed as a whole."""

from pipelines.errors import StamgastError


class RefusedFile(StamgastError):
    """Why a whole file is not landed, and the mend; holds no value of the file."""
