"""A new lecture has the shape of the model, lecture 9: the same kinds of file, with the same parts.

How long each part is, is held against finished lectures in `test_lectures`; here it counts which parts there are.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.skeleton import new_lecture

ROOT = Path(__file__).parents[2]
MODEL = "09-uncertainty-and-attention"
NEW = "03-layers-and-peaks"
FINISHED = [
    path.stem
    for path in sorted((ROOT / "docs" / "lectures").glob("*.md"))
    if "\n  draft: true\n" not in path.read_text("utf-8")
]
FREE = {
    *("{cite:p}", "{code-block}", "{code-block} :steps:", "{doc}", "{drawing} :card:", "{eq}", "{fitted}", "{ref}"),
    *("{slide} :class: columns", "{slide} :class: hero", "{slide} :class: statement", "{slide} :class: table", "{term}"),
}  # fmt: skip
"""What a lecture may have and need not."""


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    root = tmp_path_factory.mktemp("new")
    new_lecture(Checkout(root), NEW)
    return root


def kinds(root: Path, lecture: str) -> set[str]:
    """Return which kinds of file a lecture has."""
    number = lecture[:2]
    notes = root / "docs" / "lectures" / f"{lecture}.md"
    demos = re.findall(r"^:{3,}\{demo\} (.+)$", notes.read_text("utf-8"), re.MULTILINE)
    labs = [path.stem for path in (root / "labs" / "source").glob(f"{number}-*.py")]
    modules = [lab[3:].replace("-", "_") for lab in labs]
    wanted = {
        "notes": [notes],
        "deck": [root / "slides" / f"{lecture}.md"],
        "figures": [root / "docs" / "figures" / f"lecture{number}.py"],
        "data and drawings of demos": [root / "docs" / "figures" / f"demos{number}.py"],
        "scripts of demos": [root / "docs" / "_static" / "demos" / f"{demo}.js" for demo in demos],
        "record of the cold reading": [root / "docs" / "contribute" / "reviews" / f"{number}.md"],
        "labs": [root / "labs" / "source" / f"{lab}.py" for lab in labs],
        "checks": [root / "lens_labs" / "checks" / f"{module}.py" for module in modules],
        "tests of checks": [root / "tests" / "checks" / f"test_{module}.py" for module in modules],
        **{edition: [root / "labs" / edition / f"{lab}.ipynb" for lab in labs] for edition in ("student", "lecturer")},
    }  # fmt: skip
    found = {kind for kind, files in wanted.items() if files and all(file.is_file() for file in files)}
    tests = "".join(path.read_text("utf-8") for path in (root / "tests" / "docs").glob("test_demos*.py"))
    return found | ({"tests of demos"} if demos and all(demo in tests for demo in demos) else set())


def parts(text: str) -> set[str]:
    """Return which directives, options, roles and labels a page uses, and the classes of its boxes and slides."""
    found = {f"{{{role}}}" for role in re.findall(r"\{([\w:-]+)\}`", text)}
    directive = re.compile(
        r"^(?:`{3,}|:{3,})\{([\w:-]+)\}.*\n((?:[ \t]*:[\w-]+:.*\n)*)", re.MULTILINE
    )  # and the lines of its options
    for name, options in directive.findall(text):
        found.add(f"{{{name}}}")
        for option, value in re.findall(r"^[ \t]*:([\w-]+):(.*)$", options, re.MULTILINE):
            found.add(f"{{{name}}} :{option}:{value if option == 'class' else ''}")
    labels = re.findall(r"^\((sec)-[\w-]+\)=$|^\$\$ \((eq)-", text, re.MULTILINE)
    return found | {f"label {''.join(label)}-" for label in labels}


def front_matter(text: str) -> set[str]:
    (about,) = (
        each for key, each in yaml.safe_load(text.split("---\n")[1]).items() if key in ("lecture", "deck")
    )
    return set(about) - {"draft"}


def lab_parts(root: Path, lecture: str) -> set[str]:
    """Return which fields, kinds of cell, calls and bold words the labs of a lecture have, all together."""
    text = "\n".join(
        path.read_text("utf-8") for path in (root / "labs" / "source").glob(f"{lecture[:2]}-*.py")
    )
    bold = "The question of this lab|Time|You need|You will|Timing|Common mistakes|Discuss|Stretch"
    return {
        *re.findall(r"^#     (\w+):", text, re.MULTILINE),
        *re.findall(r'tags=\["(\w+)"\]', text),
        *re.findall(r"^\s*(record|record_figure)\(", text, re.MULTILINE),
        *re.findall(rf"\*\*({bold})[.:]?(?=\*\*)", text),
        *re.findall(r"\.(or_provided)\(", text),
        *re.findall(r"^# ## (Set up|What you can say now)$", text, re.MULTILINE),
    }


def read(root: Path, folder: str, lecture: str) -> str:
    return (root / folder / f"{lecture}.md").read_text("utf-8")


def test_a_new_lecture_has_every_kind_of_file_that_the_model_has(new):
    assert kinds(new, NEW) == kinds(ROOT, MODEL)


@pytest.mark.parametrize("folder", ["docs/lectures", "slides"])
def test_notes_and_deck_have_the_parts_and_the_fields_of_the_model(new, folder):
    mine, model = read(new, folder, NEW), read(ROOT, folder, MODEL)
    assert parts(model) - parts(mine) - FREE == set()
    assert front_matter(mine) == front_matter(model)


def test_a_new_lecture_shows_nothing_that_no_finished_lecture_uses(new):
    for folder in ("docs/lectures", "slides"):
        finished = [parts(read(ROOT, folder, lecture)) for lecture in (MODEL, "02-dense-regression")]
        assert parts(read(new, folder, NEW)) - set.union(*finished) == set()


@pytest.mark.parametrize(
    "chapter", ["## The question", "baseline", "when it fails|when error bars fail", "## In the field", "## Key points", "## References"]
)  # fmt: skip
def test_both_have_the_chapters_that_no_lecture_may_lack(new, chapter):
    for root, lecture in ((new, NEW), (ROOT, MODEL)):
        assert re.search(chapter, read(root, "docs/lectures", lecture), re.IGNORECASE), lecture


def test_both_decks_end_with_summary_labs_and_references(new):
    for root, lecture in ((new, NEW), (ROOT, MODEL)):
        slides = re.split(r"^## ", read(root, "slides", lecture), flags=re.MULTILINE)
        summary, labs, references = slides[-3:]
        assert ":class: summary" in summary
        assert "{lab}`" in labs
        assert ":class: references" in references


def test_a_new_lab_has_the_parts_of_the_labs_of_the_model(new):
    assert lab_parts(new, NEW) == lab_parts(ROOT, MODEL)


def test_the_record_of_a_new_lecture_asks_for_the_ten_items_of_a_cold_reading(new):
    page = (ROOT / "docs" / "contribute" / "writing-a-lecture.md").read_text("utf-8")
    items = re.findall(r"^\d+\. \*\*([\w ]+)\.\*\* ", page.partition("## Read it cold")[2], re.MULTILINE)
    record = (new / "docs" / "contribute" / "reviews" / f"{NEW[:2]}.md").read_text("utf-8")
    assert len(items) == 10
    assert re.findall(r"^\| (.+?) \| not read yet \| \|$", record, re.MULTILINE) == items


@pytest.mark.parametrize("lecture", FINISHED)
def test_a_finished_lecture_was_read_cold(lecture):
    record = ROOT / "docs" / "contribute" / "reviews" / f"{lecture[:2]}.md"
    assert "not read yet" not in record.read_text("utf-8"), f"say in {record} what the reading found"
