"""Notes that say where an error was raised; what is nearest to it has its say, once."""

__all__ = ["note_field", "note_sample"]


def note_field(error: Exception, name: str) -> None:
    """Notes the field of a record that was computed."""
    if not _has_note(error, "in field "):
        error.add_note(f"in field {name!r}")


def note_sample(error: Exception, index: int, dataset: object) -> None:
    """Notes the sample, and the dataset by its chain of changes."""
    if not _has_note(error, "in sample "):
        error.add_note(f"in sample {index} of {dataset!r}")


def _has_note(error: Exception, start: str) -> bool:
    return any(note.startswith(start) for note in getattr(error, "__notes__", ()))
