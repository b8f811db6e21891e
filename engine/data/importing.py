"""Somebody's own pictures become a data set: a zip or folder of class folders, or Keras-style arrays.

    import_archive("pets.zip", "pets")          then load("pets"), load("pets", "test")
    python -m engine.data import pets.zip pets

All pictures of a set get one side. Where they are equal squares of up to 128 pixels they stay as they are; others
are cut to their middle square and scaled to 64 pixels (32 where most are smaller), or to the side one asks for. Files
that cannot be read are left out and named. The set appears when it is complete, or not at all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine.data import archives, import_arrays, import_pictures, library, sides, store
from engine.data.dataset import DataError
from engine.data.progress import Cancel, Report, Step, obey


def import_to_store(
    path: Path, name: str, side: int | None, called: str, report: Report, cancel: Cancel
) -> None:
    """Read the archive or folder `path`, known as `called`, and store it as `name`, which must be checked and free.

    Raises:
        CancelledError: `cancel` said so.
        DataError: it cannot be read, holds no pictures in classes, or does not fit; nothing was stored.
    """
    sides.check(side)
    if not path.exists():
        raise DataError(f"There is no file or folder {path.name}.")
    report(Step("Looking into the archive"))
    fill = import_arrays.fill if path.is_file() and archives.holds_arrays(path) else import_pictures.fill
    with store.Draft(library.folder(name)) as draft:
        try:
            found = fill(path, draft, side, report, cancel)
        except OSError as error:
            raise DataError(f"It cannot be read or stored: {error.strerror or error}.") from error
        obey(cancel, "import")
        draft.commit(
            {
                "name": name,
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "description": f"Imported from {called}.",
                **found,
            }
        )
