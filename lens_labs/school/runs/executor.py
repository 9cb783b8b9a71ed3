"""Executes one notebook. It is a program of its own, ``python -m lens_labs.school.runs.executor JOB``, so that it can be killed.

The job is a JSON file (see `lens_labs.school.runs.capped`). What happens is appended to the file ``events``, one JSON object
a line: before a cell ``{"begun": 2}``, after it ``{"cell": 3, "of": 20, "cpu": 1.2}``, and at the end
``{"ended": "finished", ...}``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from traitlets import default

from lens_labs.school.runs.processes import cost_of_children

MISSING_LIMITS = "no module resource: only the watch on resident memory limits this run"


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel: the Python that runs this program, whatever kernels are installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel, by whatever name it is asked for."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name=kernel_name, language="python")


class _Manager(AsyncKernelManager):
    @default("kernel_spec_manager")
    def _this_interpreter(self) -> ThisInterpreter:
        return ThisInterpreter(parent=self)


class Client(NotebookClient):
    """Executes a notebook, tells after each cell how far it is, and drops output beyond a limit."""

    def __init__(self, notebook: nbformat.NotebookNode, events: Path, output: int, **settings: Any) -> None:
        super().__init__(notebook, kernel_manager_class=_Manager, **settings)
        self._events, self._room = events, output
        self.truncated = False
        self.on_cell_start = self._start
        self.on_cell_executed = self._tell
        self.at = 0
        self.begun = False

    def process_message(self, msg: dict[str, Any], cell: nbformat.NotebookNode, cell_index: int) -> Any:
        """Take a message of the kernel, unless it is output for which there is no room."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data", "error"):
            self._room -= len(str(msg["content"]))
            if self._room < 0 and msg["msg_type"] != "error":
                self.truncated = True
                return None
        return super().process_message(msg, cell, cell_index)

    def _start(self, cell: nbformat.NotebookNode, cell_index: int) -> None:  # noqa: ARG002 - nbclient passes both
        self.at, self.begun = cell_index, True
        self.emit(begun=cell_index)

    def _tell(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG002
        self.emit(cell=cell_index + 1, of=len(self.nb.cells), cpu=cost_of_children(os.getpid()).cpu)

    def emit(self, **event: object) -> None:
        """Append an event to the file of events."""
        with self._events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def main(job: dict[str, Any]) -> None:
    """Execute the notebook of a job, within its limits.

    Parameters
    ----------
    job : dict
        ``notebook`` and ``executed`` (paths), ``events`` (path), ``folder`` (where the kernel works), ``output``
        (characters), ``address_space`` (bytes) and ``keep_going`` (whether an error ends the run).
    """
    limit_resources(job["address_space"])
    notebook = nbformat.read(job["notebook"], as_version=4)  # type: ignore[no-untyped-call]
    client = Client(
        notebook,
        Path(job["events"]),
        job["output"],
        allow_errors=job["keep_going"],
        timeout=None,  # the parent watches the clock
        startup_timeout=120,
        iopub_timeout=60,
        resources={"metadata": {"path": job["folder"]}},
        skip_cells_with_tag="",
    )
    end: dict[str, Any] = {"ended": "finished"}
    try:
        execute_patiently(client)
    except CellExecutionError as error:
        end = {"ended": "error", "name": error.ename, "value": error.evalue, "traceback": error.traceback}
    except DeadKernelError:
        end = {"ended": "kernel died"}
    finally:
        nbformat.write(notebook, job["executed"])  # type: ignore[no-untyped-call]
    client.emit(**end, at=client.at, truncated=client.truncated)


def execute_patiently(client: Client, attempts: int = 3) -> None:
    """Execute a notebook; try again if its kernel fails to start.

    Kernels choose their ports one moment and take them the next, so that of several which start at once one may fail.
    """
    for attempt in range(1, attempts + 1):
        try:
            client.execute()
        except RuntimeError:
            if client.begun or attempt == attempts:
                raise
        else:
            return


def limit_resources(address_space: int) -> None:
    """Let one huge request for memory fail at once, and no file grow without end.

    Where the module `resource` is missing (Windows) or the system ignores the limit (macOS), the watch of the parent on
    resident memory is what remains.
    """
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        sys.stderr.write(MISSING_LIMITS + "\n")
        return
    for kind, most in ((resource.RLIMIT_AS, address_space), (resource.RLIMIT_FSIZE, 2**31)):
        hard = resource.getrlimit(kind)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError) as error:  # macOS refuses some limits
            sys.stderr.write(f"limit {kind} cannot be set: {error}\n")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
