#!/usr/bin/env -S python -m nox -f
# /// script
# dependencies = ["nox>=2025.5.1"]
# ///
"""Everything the project can do, as sessions of nox: ``nox -s start`` opens the school, ``nox -s tests`` checks it.

All sessions share one environment, made from the one lock, ``requirements.lock``: what is tested is what is served,
and the second session has nothing left to install. uv is used where it is installed, pip everywhere else.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements.lock"
BACKENDS = ROOT / "requirements-backends.txt"
ENVIRONMENT = ROOT / ".nox" / "environment"
SITE = ROOT / "build" / "school"
SUPPORTED = ("3.13", "3.12", "3.11")  # the newest wheels of jaxlib 0.6 are for 3.13


def fitting_python() -> str | None:
    """Choose the Python of the environment: this one if it fits (None), else another one on this machine."""
    if "{}.{}".format(*sys.version_info) in SUPPORTED:
        return None
    for version in SUPPORTED:
        launcher = ["py", f"-{version}"] if os.name == "nt" else [f"python{version}"]
        if shutil.which(launcher[0]) is None:
            continue
        probe = subprocess.run(
            [*launcher, "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if probe.returncode == 0:  # a shim of pyenv exists and fails where its version is not chosen
            return probe.stdout.strip()
    print(
        f"LENS Labs needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}, and no other one was found.\n"
        "Install one from https://www.python.org/downloads/ (or with: uv python install 3.13) and run the same "
        "command with it.",
        file=sys.stderr,
    )
    sys.exit(2)


def tool(name: str) -> str:
    """Return the path of a program of the shared environment."""
    folder = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
    return str(folder / name)


def python(session: nox.Session, *arguments: str, patience: float = 0.3, **more: str) -> None:
    """Run Python in the shared environment, away from the settings of whoever calls.

    It keeps what it has compiled, also where containers forbid that, or each process would compile JAX anew. After Ctrl-C
    a program has ``patience`` seconds to end by itself. What else its environment holds is in ``more``.
    """
    settings = {
        "PYTHONNOUSERSITE": "1", "PYTHONPATH": None, "KERAS_BACKEND": None, "PYTHONDONTWRITEBYTECODE": None,
        **more,
    }  # fmt: skip
    session.run(
        tool("python"), *arguments, env=settings, external=True,
        interrupt_timeout=patience, terminate_timeout=patience,
    )  # fmt: skip


@nox.session(python=fitting_python(), default=False)
def environment(session: nox.Session) -> None:
    """Bring the shared environment to the state of the lock; nothing to do when it is there already."""
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = ENVIRONMENT / "lens-labs.stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    session.install("--require-hashes", "-r", str(LOCK))
    session.install("--no-deps", "--editable", str(ROOT))
    stamp.write_text(wanted)


# Every other session runs in the shared environment and makes no environment of its own.
shared = functools.partial(nox.session, venv_backend="none", requires=["environment"])


def sphinx(session: nox.Session, builder: str, source: str, target: Path, *options: str) -> None:
    """Build notes or decks; what has not changed since the last build is kept."""
    kept = ROOT / "build" / f"doctrees-{source}"
    python(
        session, "-m", "sphinx", "-q", "-j", "auto", "-b", builder, "-d", str(kept), *options, source, str(target)
    )  # fmt: skip


@shared(default=False)
def start(session: nox.Session) -> None:
    """Open the school: notes, decks and labs, on this machine only. No lab is executed."""
    for builder, source, target in (("html", "docs", SITE), ("deck", "slides", SITE / "slides")):
        try:
            sphinx(session, builder, source, target)
        except nox.command.CommandFailed:  # an author may have broken a page: the labs are still there
            session.warn(
                f"{source} could not be built; see `nox -s {source if source == 'slides' else 'docs'}`"
            )
    site = ["--site", str(SITE)] if (SITE / "index.html").exists() else []
    python(
        session, "-m", "lens_labs.cli", "start", *site, *session.posargs, patience=30
    )  # kernels end with the school


@shared()
def tests(session: nox.Session) -> None:
    """Is it sound? The fast tier: no network, no browser, no training.

    All of it runs on up to four cores, module by module, with one thread of linear algebra each. What is chosen, as by
    ``-- -k name --pdb``, runs in one process.
    """
    workers = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadscope", "--no-loadscope-reorder"]
    python(session, "-m", "pytest", *(session.posargs or workers), OMP_NUM_THREADS="1")


@shared(name="layers-jax", default=False)
def layers_jax(session: nox.Session) -> None:
    """Test the layers for Keras on JAX."""
    python(session, "-m", "pytest", "-m", "layers", "tests/layers", *session.posargs)


@nox.session(name="layers-tensorflow", python=fitting_python(), default=False)
def layers_tensorflow(session: nox.Session) -> None:
    """Test the layers for Keras on TensorFlow, in an environment of its own."""
    on_another_backend(session, "tensorflow", "tensorflow" if sys.platform == "darwin" else "tensorflow-cpu")


# venv, because pip knows from its settings where a wheel for CPUs is, and uv does not read them
@nox.session(name="layers-torch", python=fitting_python(), venv_backend="venv", default=False)
def layers_torch(session: nox.Session) -> None:
    """Test the layers for Keras on PyTorch, in an environment of its own."""
    on_another_backend(session, "torch", "torch")


def on_another_backend(session: nox.Session, backend: str, package: str) -> None:
    """Run the tests of the layers in the environment of the session."""
    needed = ("keras", "lazy-loader", "numpy", "pytest", "pytest-timeout", "scipy")
    session.install("--constraint", str(BACKENDS), package, *needed)
    settings = {"PYTHONNOUSERSITE": "1", "PYTHONPATH": None, "KERAS_BACKEND": backend}
    session.run("python", "-m", "pytest", "-m", "layers", "tests/layers", *session.posargs, env=settings)


@shared(default=False)
def docs(session: nox.Session) -> None:
    """Build the notes into build/school/; every warning is an error."""
    sphinx(session, "html", "docs", SITE, "-W", "--keep-going", "-n", *session.posargs)


@shared(default=False)
def slides(session: nox.Session) -> None:
    """Build the decks into build/school/slides/; every warning is an error. ``-- --pdf`` prints them as well."""
    options = [each for each in session.posargs if each != "--pdf"]
    sphinx(session, "deck", "slides", SITE / "slides", "-W", "--keep-going", "-n", *options)
    if "--pdf" in session.posargs:
        try:
            python(session, "-m", "lens_labs.sphinx.deck.pdf", str(SITE / "slides"))
        except nox.command.CommandFailed as failed:
            if str(failed.reason).endswith(
                "code 3"
            ):  # no browser; the message names the command that installs one
                sys.exit(3)
            raise


@shared(default=False)
def site(session: nox.Session) -> None:
    """Hold the built notes and decks against their promises: links, structure, nothing from other servers."""
    docs(session)
    slides(session)
    python(session, "-m", "pytest", "-m", "site", *session.posargs)


@shared(default=False)
def labs(session: nox.Session) -> None:
    """Run both editions of every lab whose inputs changed, and hold them against their promises."""
    python(session, "-m", "lens_labs.cli", "run", *(session.posargs or ["--all", "--edition", "both"]))
    if not session.posargs:
        python(session, "-m", "pytest", "-m", "labs")


@shared(default=False)
def results(session: nox.Session) -> None:
    """Run the labs afresh and write what they measured: docs/results.json and labs/targets/."""
    python(session, "-m", "lens_labs.cli", "results", *session.posargs)


@shared(default=False)
def browser(session: nox.Session) -> None:
    """Use the school as a student does, in an installed Chromium, Chrome or Edge."""
    python(session, "-m", "pytest", "-m", "browser", *session.posargs)


@shared(default=False)
def lint(session: nox.Session) -> None:
    """Style, spelling and the habits of a healthy repository."""
    session.run(tool("ruff"), "check", external=True)
    session.run(tool("ruff"), "format", "--check", external=True)
    session.run(tool("codespell"), external=True)
    session.run(tool("repo-review"), ".", external=True)


@shared(default=False)
def typing(session: nox.Session) -> None:
    """Check the types of the package."""
    session.run(tool("mypy"), external=True)


@shared(default=False)
def bench(session: nox.Session) -> None:
    """Compare with peers, side by side on one core: ``-- layers`` runs benchmarks/bench_layers.py alone."""
    found = {
        path.stem.removeprefix("bench_"): path for path in sorted((ROOT / "benchmarks").glob("bench_*.py"))
    }
    chosen = [name for name in found if name in session.posargs] or list(found)
    options = [each for each in session.posargs if each not in found]
    for name in chosen:
        python(session, str(found[name]), *options)


@shared(default=False)
def dist(session: nox.Session) -> None:
    """Build the wheel and the source distribution, and check what is in them."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    python(session, "-m", "build")
    python(session, "-m", "twine", "check", "--strict", *map(str, (ROOT / "dist").glob("*")))


@nox.session(name="all", venv_backend="none", default=False)
def everything(session: nox.Session) -> None:
    """All the checks, the quick ones first."""
    layers = ("layers-jax", "layers-tensorflow", "layers-torch")
    for name in ("lint", "typing", "tests", "labs", "site", "browser", *layers, "dist"):
        session.notify(name)


@nox.session(venv_backend="none", default=False)
def lock(session: nox.Session) -> None:
    """Resolve the lock again (needs uv); ``-- --upgrade`` moves everything to its newest version."""
    groups = nox.project.load_toml("pyproject.toml")["dependency-groups"]
    session.run(
        "uv", "pip", "compile", "pyproject.toml", "--all-extras", *(f"--group={group}" for group in groups if group != "dev"),
        "--universal", "--fork-strategy", "fewest", "--python-version", "3.11",
        "--generate-hashes", "--custom-compile-command", "nox -s lock", "--quiet",
        "--output-file", str(LOCK), *session.posargs,
        external=True,
    )  # fmt: skip


if __name__ == "__main__":
    nox.main()
