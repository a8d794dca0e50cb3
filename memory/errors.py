"""Everything memory raises.

ConversationError
├── LogError               the conversation log cannot be opened, read or written
│   ├── LogBusyError       another program held the log longer than the busy timeout
│   ├── LogDamagedError    the file, or one turn in it, is not what was written
│   ├── LogFullError       the disk is full; nothing was lost, nothing was added
│   └── LogVersionError    the log was written by a newer version of this program
├── TranscriptError        a conversation file cannot be imported
├── UnknownSessionError    this user has no such session
└── OptionError            an id, a budget, a kind or an option is unknown or out of its range
"""

from __future__ import annotations

__all__ = [
    "ConversationError",
    "LogBusyError",
    "LogDamagedError",
    "LogError",
    "LogFullError",
    "LogVersionError",
    "OptionError",
    "TranscriptError",
    "UnknownSessionError",
]


class ConversationError(Exception):
    """Root of what memory raises; the message says what, which, and what to do."""


class LogError(ConversationError):
    """The conversation log cannot be opened, read or written."""


class LogBusyError(LogError):
    """Another program held the log longer than the busy timeout."""


class LogDamagedError(LogError):
    """The file, or one turn in it, is not what was written."""


class LogFullError(LogError):
    """The disk is full; nothing was lost, nothing was added."""


class LogVersionError(LogError):
    """The log was written by a newer version of this program."""


class TranscriptError(ConversationError):
    """A conversation file cannot be imported; nothing of it was."""


class UnknownSessionError(ConversationError):
    """This user has no such session."""


class OptionError(ConversationError):
    """An id, a budget, a kind or an option is unknown or out of its range."""
