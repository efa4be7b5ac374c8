"""The errors of StreamVision.

    StreamVisionError
    |- WrongUseError             exit 2   the command or the configuration is wrong
    |- DataQualityError          exit 3   the data broke a rule that stops a run
    |- ContractError             a contract file cannot be understood, or the source no longer follows it
    |- DefinitionError           the definition of a metric cannot be understood, or there is none
    |- AccountFileError          a file in infra/ holds what cannot be said to an account again and again
    |- StackError               a stack of cloud resources cannot be seen or changed
    |- ManifestError             a batch in the lake is incomplete, damaged or not what it says
    |- SourceError               the source answered with an error
    |  `- SourceUnreachableError (Transient)
    |- LakeError                 the lake cannot be read or written
    |- WarehouseError            the warehouse answered with an error
    |  `- WarehouseUnreachableError (Transient)
    |- HomeError                 the folder for what lives on this machine cannot be written
    |- NothingPublishedError     no run has published yet
    |- ModelsFailedError         dbt could not build the models
    |- RunInProgressError        another run holds the lock
    |- LeaseLostError            another run has taken over the lake
    |- NotificationError         a message did not get to people
    |- MonitoringError           metrics, traces or lineage of a run did not get where they are wanted
    |- RefreshError              the Power BI model could not read what is published
    |- RefreshUnreachableError   (Transient) the Power BI service does not answer, or is busy
    |- DeploymentError           a workspace of Power BI does not take the project
    `- PortInUseError            the dashboard's port is taken

`Terminal` and `Transient` are mixins: they say whether the same step, run again as it is, can succeed.
"""

_FULL_DISK = ("No space left", "File too large", "Disk quota exceeded")


def tells_of_full_disk(error: object) -> bool:
    """Tell whether an error, or its text, says that no more can be written."""
    return any(phrase in str(error) for phrase in _FULL_DISK)


class Terminal:
    """Mark an error that a retry cannot mend."""


class Transient:
    """Mark an error that a retry may mend."""


class StreamVisionError(Exception):
    """Tell what failed, where, what is safe, and what to type next.

    Attributes:
        where: table, batch, file or address concerned.
        safe: what is still intact.
        next_command: the command, or the act, that mends it.
        exit_code: what the command line ends with.

    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", safe: str = "", next_command: str = "") -> None:
        """Keep the four parts; the message shows those that are given."""
        self.what = what
        self.where = where
        self.safe = safe
        self.next_command = next_command
        super().__init__(what)

    def __str__(self) -> str:
        """Return the parts, one a line."""
        parts = [
            ("", self.what),
            ("where: ", self.where),
            ("safe:  ", self.safe),
            ("next:  ", self.next_command),
        ]
        return "\n".join(label + text for label, text in parts if text)


class WrongUseError(Terminal, StreamVisionError):
    """Refuse a command or a setting that makes no sense."""

    exit_code = 2


def malformed_source_url() -> WrongUseError:
    """Return the refusal of a source URL; it does not repeat the URL, which may hold a password."""
    return WrongUseError(
        "The source's URL is not one that PostgreSQL understands",
        where="the source of the profile",
        safe="nothing was changed",
        next_command="write it as postgresql://user:password@host:5432/database, with special characters"
        " percent-encoded",
    )


class DataQualityError(Terminal, StreamVisionError):
    """Stop a run whose data broke a rule."""

    exit_code = 3


class ContractError(Terminal, StreamVisionError):
    """Report a contract that cannot be understood, or a source that no longer follows it."""


class DefinitionError(Terminal, StreamVisionError):
    """Report a metric whose definition cannot be understood, or is not there."""


class AccountFileError(Terminal, StreamVisionError):
    """Report a file about a cloud account that cannot be understood, or not be applied without harm."""


class StackError(Terminal, StreamVisionError):
    """Report what the cloud refused of a stack of resources."""


class ManifestError(Terminal, StreamVisionError):
    """Report a batch that is incomplete, damaged or not what it says."""


class SourceError(Terminal, StreamVisionError):
    """Report what the source database refused."""


class SourceUnreachableError(Transient, StreamVisionError):
    """Report a source that does not answer."""


class LakeError(Transient, StreamVisionError):
    """Report a lake that cannot be read or written."""


class WarehouseError(Terminal, StreamVisionError):
    """Report what the warehouse refused."""


class WarehouseUnreachableError(Transient, StreamVisionError):
    """Report a warehouse that does not answer, or that lost the session."""


class HomeError(Transient, StreamVisionError):
    """Report that the folder for what lives on this machine cannot be written."""

    @classmethod
    def from_os_error(cls, error: OSError, where: str) -> "HomeError":
        """Explain what the system refused."""
        full = tells_of_full_disk(error)
        return cls(
            "The disk is full" if full else f"A file cannot be written: {error.strerror or error}",
            where=where,
            safe="what was finished stays; nothing else was changed",
            next_command=("free some space" if full else "check the folder and its permissions")
            + ", or set STREAMVISION_HOME elsewhere, then run the same command again",
        )


class NothingPublishedError(Terminal, StreamVisionError):
    """Say that no run has published yet."""


class ModelsFailedError(Terminal, StreamVisionError):
    """Report models that could not be built."""


class RunInProgressError(Transient, StreamVisionError):
    """Say who holds the lock."""


class LeaseLostError(Terminal, StreamVisionError):
    """Say that another run has taken over; going on, even with another try, would disturb that one."""


class NotificationError(Transient, StreamVisionError):
    """Report a message that did not get to people."""


class MonitoringError(Transient, StreamVisionError):
    """Report metrics, traces or lineage that did not get where they are wanted; it never ends a run."""


class RefreshError(Terminal, StreamVisionError):
    """Report a Power BI model that could not read what is published."""


class RefreshUnreachableError(Transient, StreamVisionError):
    """Report a Power BI service that does not answer, or is busy."""


class DeploymentError(Terminal, StreamVisionError):
    """Report a workspace of Power BI that does not take the project."""


class PortInUseError(Terminal, StreamVisionError):
    """Say that the dashboard's port is taken."""
