"""What is made for HTML has words for every other builder."""

from pathlib import Path

import pytest
from projects import build

PAGE = """# Title

It errs by {result}`L1.error`.

:::{drawing} line.svg
:alt: A line that rises
A caption.
:::

::::{demo} wave
What cannot move.
::::
"""
FILES = {
    "line.svg": '<svg viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>',
    "results.json": '{"values": {"L1.error": {"lab": "01-first", "values": [4.5], "unit": "nm"}}}',
}
MAN = "man_pages = [('index', 'small', 'small', [], 1)]\n"


@pytest.mark.parametrize("builder", ["text", "latex", "man", "texinfo", "xml"])
def test_numbers_pictures_and_demos_have_words_in_every_builder(tmp_path, builder):
    built = build(tmp_path, {"index.md": PAGE}, files=FILES, builder=builder, conf=MAN)
    assert built.warnings == ""
    written = "".join(
        path.read_text("utf-8")
        for path in Path(built.app.outdir).iterdir()
        if path.suffix in {".txt", ".tex", ".1", ".texi", ".xml"}
    )
    for words in ("4.50", "A line that rises", "A caption.", "What cannot move."):
        assert words in written
