"""Numbers that labs have measured are quoted, never typed."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from projects import build

from lens_labs.sphinx import results

RECORDED = {
    "labs": {},
    "values": {
        "L1.error": {"values": [4.46, 4.42, 4.58], "unit": "Å", "lab": "01-first", "band": None},
        "L1.share": {"values": [0.331], "unit": "", "lab": "01-first", "band": None},
    },
}


@pytest.mark.parametrize(
    ("values", "unit", "form", "told"),
    [
        ([4.46, 4.42, 4.58], "Å", "", "4.49 ± 0.08 Å"),
        ([4.46, 4.42, 4.58], "Å", "mean", "4.49 Å"),
        ([4.46, 4.42, 4.58], "Å", "range", "4.42 to 4.58 Å"),
        ([209.21, 211.58, 213.41], "Å", "each", "209.2, 211.6 and 213.4 Å"),
        ([209.21, 211.58, 213.41], "Å", "", "211.4 ± 2.1 Å"),
        ([0.03198, 0.03144, 0.03177], "1e-6/Å²", "", "(0.03173 ± 0.00027) · 10⁻⁶ Å⁻²"),
        ([112.4], "Å", "", "112 Å"),
        ([0.331], "", "percent", "33 %"),
        ([23.0, 23.2, 22.4], "", "times", "23 times"),
        ([1.22769, 1.23735, 1.19419], "", "ratio", "1.2 ×"),
        ([34000], "films", "count", "34,000 films"),
        ([-0.25836], "", "hundredths", "−0.26"),
        ([-0.0039], "", "hundredths", "0.00"),
        ([-1.5, -1.7], "", "", "−1.60 ± 0.14"),
        ([3, 3, 3], "", "", "3.00"),
        ([0.0], "", "", "0"),
    ],
)
def test_a_number_is_told_with_the_digits_that_its_spread_allows(values, unit, form, told):
    assert results.quote(values, unit, form=form).replace("\N{NO-BREAK SPACE}", " ") == told


def test_a_form_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"form must be empty or one of mean, range.*; got 'median'"):
        results.quote([1], form="median")


@pytest.fixture
def page(tmp_path):
    def make(text, recorded=None):
        files = {"results.json": json.dumps(RECORDED) if recorded is None else recorded}
        return build(
            tmp_path,
            {
                "index.md": f"# Title\n\n{text}\n\n```{{toctree}}\nlabs/01-first\n```\n",
                "labs/01-first.md": "# Lab\n",
            },
            files=files,
        )

    return make


def test_a_quoted_number_leads_to_its_lab_and_says_where_it_comes_from(page):
    built = page("It is {result}`L1.error`.")
    assert built.warnings == ""
    html = built.html()
    assert '<a class="result" href="labs/01-first.html"' in html
    assert 'data-origin="Measured in three runs of the lab 01-first"' in html
    assert "4.49 ± 0.08\N{NO-BREAK SPACE}Å</a>" in html


@pytest.mark.parametrize(
    ("quoted", "words"),
    [
        ("L1.typo", "there is no result 'L1.typo' in results.json; run `nox -s results`"),
        ("L1.share | median", "L1.share: form must be empty or one of"),
    ],
)
def test_a_number_that_was_never_measured_cannot_be_quoted(page, quoted, words):
    assert words in page(f"It is {{result}}`{quoted}`.").warnings


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ("", "results.json: Expecting value"),
        ("{}", "there is no result 'L1.error'"),
        ('{"values": {"L1.error": {"lab": "01-first"}}}', "L1.error must have `lab` and `values`"),
        ('{"values": {"L1.error": {"values": [1]}}}', "L1.error must have `lab` and `values`"),
    ],
)
def test_a_faulty_file_of_results_is_reported_with_the_page(page, recorded, words):
    assert re.search(
        rf"index\.md:3: ERROR: .*{re.escape(words)}", page("{result}`L1.error`", recorded).warnings
    )


def test_a_missing_file_of_results_is_reported_with_the_page(tmp_path):
    built = build(tmp_path, {"index.md": "# Title\n\n{result}`L1.error`\n"})
    assert re.search(
        r"index\.md:3: ERROR: `results_path` must name a file of results; .*No such", built.warnings
    )


@pytest.mark.parametrize(
    ("notes", "lab"), [("", None), ("https://x.org/", "https://x.org/labs/01-first.html")]
)
def test_a_number_in_a_deck_leads_to_the_notes_if_there_are_any(tmp_path, notes, lab):
    pages = {"index.md": "# Title\n\n## A film\n\n{result}`L1.error`\n"}
    files = {"results.json": json.dumps(RECORDED)}
    built = build(tmp_path, pages, files=files, conf=f"deck_notes = {notes!r}\n", builder="deck")
    (number,) = BeautifulSoup(built.html(), "html.parser").select(".result")
    assert number.get("href") == lab
