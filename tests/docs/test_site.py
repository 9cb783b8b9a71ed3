"""The built notes and decks, as files: every link leads somewhere, nothing comes from another server."""

import itertools
import json
import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from school_site import built

DATA = ("application/json", "application/ld+json")
"""Types of script elements that a browser reads and never runs."""

pytestmark = [pytest.mark.site, pytest.mark.timeout(600)]


@cache
def pages():
    """Return all pages, parsed, by their path inside the site."""
    site = built()
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def notes():
    return {name: page for name, page in pages().items() if not name.startswith("slides/")}


def ids(page):
    return {tag["id"] for tag in page.find_all(id=True)} | {
        tag["name"] for tag in page.find_all("a", attrs={"name": True})
    }


def target(name, link):
    """Return the file and the fragment to which a link of a page leads, inside the site."""
    parts = urlsplit(link)
    place = (built() / name).parent / unquote(parts.path) if parts.path else built() / name
    return place.resolve(), unquote(parts.fragment)


def test_every_link_leads_somewhere():
    broken = []
    for name, page in pages().items():
        for tag in page.find_all("a", href=True):
            link = tag["href"]
            if urlsplit(link).scheme or link in ("#", "#__top"):
                continue
            place, fragment = target(name, link)
            if not place.is_file():
                broken.append((name, link))
            elif fragment and place.suffix == ".html":
                known = pages()[place.relative_to(built().resolve()).as_posix()]
                if fragment.removeprefix("/") not in ids(known) and not re.fullmatch(
                    r"/\d+(/\d+)*|/", fragment
                ):
                    broken.append((name, link))
    assert broken == []


def test_notes_lead_to_slides_and_slides_to_notes():
    def leads(start, words):
        return any(words in tag["href"] for tag in pages()[start].find_all("a", href=True))

    assert leads("lectures/02-dense-regression.html", "slides/02-dense-regression.html")
    assert leads("slides/02-dense-regression.html", "lectures/02-dense-regression.html")


def test_a_deck_quotes_terms_sections_and_equations_of_the_notes():
    deck = pages()["slides/02-dense-regression.html"]
    found = {tag["href"] for tag in deck.select(".notes-link, .eqno a")}
    for part in ("reference/glossary.html#term-", "lectures/02-dense-regression.html#sec-", "#equation-eq-"):
        assert [link for link in found if part in link], part


def test_every_citation_on_a_slide_leads_to_a_slide_of_its_deck():
    for name, page in pages().items():
        if name.startswith("slides/"):
            for citation in page.select("a.footnote-reference"):
                entry = page.find(id=citation["href"].removeprefix("#"))
                assert entry is not None, (name, citation["href"])
                assert entry.find_parent(class_="stage"), (name, citation["href"])


def test_nothing_is_loaded_from_another_server():
    sources = [
        (name, tag.get("src") or tag.get("href"))
        for name, page in pages().items()
        for tag in page.find_all(["script", "img", "link", "iframe", "source", "use"])
    ]
    assert [each for each in sources if each[1] and urlsplit(each[1]).scheme in ("http", "https")] == []
    sheets = list(built().rglob("*.css"))
    loaded = {
        path.name: re.findall(r"(?:url\(|@import )[\"']?(https?:[^\"')]+)", path.read_text("utf-8"))
        for path in sheets
    }
    assert {name: urls for name, urls in loaded.items() if urls} == {}


def test_no_page_runs_a_script_that_stands_in_it():
    inline = [
        (name, tag.get_text()[:60])
        for name, page in pages().items()
        for tag in page.find_all("script")
        if not tag.get("src") and tag.get("type") not in DATA
    ]
    assert inline == []
    handlers = [
        name
        for name, page in pages().items()
        for tag in page.find_all()
        if any(key.startswith("on") for key in tag.attrs)
    ]
    assert handlers == []


@pytest.mark.parametrize("kind", ["img", "svg"])
def test_every_picture_says_what_is_seen(kind):
    silent = [
        (name, str(tag)[:80])
        for name, page in pages().items()
        for tag in page.find_all(kind)
        if not (
            tag.get("alt")
            or tag.get("aria-label")
            or tag.get("aria-hidden") == "true"
            or tag.find_parent(attrs={"aria-hidden": "true"})
        )
        and not tag.find_parent(class_=["katex", "nboutput"])
    ]
    assert silent == []


def test_every_page_has_one_title_and_skips_no_level():
    faults = {}
    for name, page in notes().items():
        levels = [int(tag.name[1]) for tag in page.select("main h1, main h2, main h3, main h4, main h5")]
        skipped = [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1]
        if levels.count(1) != 1 or levels[0] != 1 or skipped:
            faults[name] = levels
    assert faults == {}


def test_ids_are_unique():
    twice = {}
    for name, page in pages().items():
        named = [tag["id"] for tag in page.find_all(id=True)]
        if len(named) != len(set(named)):
            twice[name] = sorted({each for each in named if named.count(each) > 1})
    assert twice == {}


def test_static_files_of_the_decks_are_small_and_carry_their_licences():
    folder = built() / "slides" / "_static"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 1_500_000
    for vendored in ("vendor/katex", "vendor/reveal", "vendor/fonts"):
        assert list((folder / vendored).glob("LICENSE*")), vendored


def test_lectures_describe_themselves_to_catalogues():
    page = pages()["lectures/02-dense-regression.html"]
    told = json.loads(page.find("script", type="application/ld+json").string)
    assert told["@type"] == "LearningResource"
    assert json.loads((built() / "lectures.json").read_text("utf-8"))[0]["name"] == told["name"]


def test_every_lab_can_be_opened_read_and_downloaded():
    from lens_labs.school.catalogue import labs

    for name in labs():
        assert f"open/{name}.html" in pages()
        assert f"labs/{name}.html" in pages()
        assert (built() / "download" / f"{name}.ipynb").is_file()


def test_the_page_of_a_lab_folds_its_solutions_and_is_stamped():
    for name, page in notes().items():
        if name.startswith("labs/"):
            folds = list(page.select("details.fold-solution"))
            assert len(folds) >= 3, name
            assert all("open" not in fold.attrs for fold in folds)
            assert "NotImplementedError" in page.get_text()
            assert re.search(r"Last verified on \d{4}-\d\d-\d\d, with Python", page.get_text())
