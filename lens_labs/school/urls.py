"""Where the school lives on the web: one address, from which every other one is made."""

from __future__ import annotations

REPOSITORY = "https://github.com/lens-labs/lens-labs"
"""The repository. Change this line to move the school; nothing else names the place."""

BRANCH = "main"


def colab(name: str) -> str:
    """Return the address that opens the student edition of a lab in Google Colab.

    Parameters
    ----------
    name : str
        Name of the lab, such as ``"02-reflectometry-inversion"``.

    Examples
    --------
    >>> colab("02-reflectometry-inversion")
    'https://colab.research.google.com/github/lens-labs/lens-labs/blob/main/labs/student/02-reflectometry-inversion.ipynb'
    """
    owner_and_repository = REPOSITORY.removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{owner_and_repository}/blob/{BRANCH}/labs/student/{name}.ipynb"


def zip_archive() -> str:
    """Return the address of the whole school as one zip archive, which pip can install as well.

    Examples
    --------
    >>> zip_archive()
    'https://github.com/lens-labs/lens-labs/archive/refs/heads/main.zip'
    """
    return f"{REPOSITORY}/archive/refs/heads/{BRANCH}.zip"
