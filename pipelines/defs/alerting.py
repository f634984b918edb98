"""Tells people, by a command of theirs, that a run failed or that a feed is stale: one sentence on the command's input."""

import shlex
import subprocess

from pipelines.errors import StamgastError
from pipelines.settings import Settings

# A mail or a chat message takes a second or two; what hangs must not keep the scheduler.
_PATIENCE_SECONDS = 60


def alert(settings: Settings, sentence: str) -> bool:
    """Gives the sentence to the `alert_command`; False when none is set.

    Raises StamgastError: the command is not there, fails or hangs.
    """
    if not settings.alert_command:
        return False
    command = shlex.split(settings.alert_command)
    try:
        subprocess.run(
            command,
            input=sentence + "\n",
            text=True,
            check=True,
            timeout=_PATIENCE_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StamgastError(
            f"alert_command {command[0]}: {type(error).__name__}, so nobody was told: {sentence}; mend STAMGAST_ALERT_COMMAND"
        ) from error
    return True
