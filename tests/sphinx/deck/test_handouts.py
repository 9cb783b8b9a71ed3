"""Printing without a browser: how one is found, what is said without one, and that nothing is lost when one fails."""

import os
import sys
import time
from pathlib import Path

import pytest
from projects import build

from lens_labs.sphinx.deck import browsers, pdf

DECK = '<html><body><div class="reveal"><main class="slides"></main></div></body></html>'
needs_a_shell = pytest.mark.skipif(
    os.name == "nt", reason="the stand-ins for a browser are scripts of a shell"
)


def program(folder, name, script="exit 0"):
    """Write a program into a folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def deck(tmp_path):
    """A folder with one deck, a list of decks, and what the builder puts beside them."""
    for name, text in {
        "film.html": DECK,
        "index.html": "<main><ul class='decks'></ul></main>",
        "_static/presenter.html": DECK,
        "parts/second.html": DECK,
    }.items():
        path = tmp_path / "slides" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "slides" / "film.html"


@needs_a_shell
def test_a_browser_that_is_named_goes_before_all_others(tmp_path, monkeypatch):
    program(tmp_path, "chromium")
    mine = program(tmp_path, "mine")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browsers.find_browser({}) == str(tmp_path / "chromium")
    assert browsers.find_browser({"LENS_LABS_BROWSER": "mine"}) == str(mine)
    assert browsers.find_browser({"LENS_LABS_BROWSER": str(mine)}) == str(mine)


@needs_a_shell
@pytest.mark.parametrize("name", ["chromium-browser", "google-chrome", "microsoft-edge-stable", "msedge"])
def test_chromium_chrome_and_edge_are_found_by_their_names(tmp_path, monkeypatch, name):
    monkeypatch.setattr(browsers, "_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browsers.find_browser({}) is None
    program(tmp_path, name)
    assert browsers.require_browser({}) == str(tmp_path / name)


@needs_a_shell
@pytest.mark.parametrize(
    ("there", "command"), [("dnf", "sudo dnf install chromium"), (None, "sudo apt install chromium")]
)
def test_on_linux_the_command_is_that_of_the_package_manager(tmp_path, monkeypatch, there, command):
    monkeypatch.setenv("PATH", str(tmp_path))
    if there:
        program(tmp_path, there)
    assert browsers.how_to_install("linux") == command


@pytest.mark.parametrize(("platform", "command"), [("darwin", "brew install"), ("win32", "winget install")])
def test_other_systems_are_told_their_own_command(platform, command):
    assert browsers.how_to_install(platform).startswith(command)


def test_a_wrong_name_is_repeated_in_the_message():
    with pytest.raises(browsers.NoBrowserError, match="LENS_LABS_BROWSER names /no/fox, which is no program"):
        browsers.require_browser({"LENS_LABS_BROWSER": "/no/fox"})


def test_decks_are_printed_and_lists_and_windows_are_not(deck):
    assert [path.name for path in pdf.decks_in(deck.parent)] == ["film.html", "second.html"]


def test_a_deck_that_the_sources_no_longer_have_is_not_printed_again(tmp_path):
    decks = {f"{name}.md": "# A deck\n" for name in ("film", "parts/second", "third")}
    listed = "# Decks\n\n```{toctree}\nfilm\nparts/second\n"
    build(tmp_path, {"index.md": f"{listed}third\n```\n", **decks}, builder="deck")
    (tmp_path / "source" / "third.md").unlink()
    build(tmp_path, {"index.md": f"{listed}```\n"}, builder="deck")
    assert (tmp_path / "out" / "third.html").exists()
    assert [path.name for path in pdf.decks_in(tmp_path / "out")] == ["film.html", "second.html"]
    assert [path.name for path in pdf.decks_in(tmp_path / "out" / "parts")] == ["second.html"]


def test_two_decks_that_would_write_one_file_are_refused(deck, monkeypatch, capsys):
    deck.with_name("film-notes.html").write_text(DECK, "utf-8")
    monkeypatch.setattr(browsers, "require_browser", lambda: "never started")
    assert pdf.main([str(deck.parent)]) == 1
    said = capsys.readouterr().err
    assert "film.html with notes and film-notes.html would both be film-notes.pdf" in said


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf"])
def test_a_limit_that_never_ends_is_refused(deck, monkeypatch, capsys, limit):
    monkeypatch.setattr(browsers, "require_browser", lambda: "never started")
    assert pdf.main([str(deck.parent), f"--limit={limit}"]) == 1
    assert f"limit must be a positive number of seconds; got {limit}" in capsys.readouterr().err


def test_without_a_browser_the_status_is_3_and_the_command_is_named(deck, monkeypatch, capsys):
    monkeypatch.setenv("LENS_LABS_BROWSER", "/no/such/browser")
    assert pdf.main([str(deck.parent)]) == 3
    assert f"Install one with: {browsers.how_to_install()}" in capsys.readouterr().err


@needs_a_shell
def test_without_playwright_the_status_is_3_and_the_command_is_named(deck, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("LENS_LABS_BROWSER", str(program(tmp_path, "mine")))
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    assert pdf.main([str(deck.parent)]) == 3
    assert "python -m pip install playwright" in capsys.readouterr().err


def test_a_folder_without_decks_is_refused_and_says_how_to_build_them(tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        pdf.main([str(tmp_path)])
    assert refused.value.code == 2
    assert "there is no deck in" in capsys.readouterr().err


@needs_a_shell
@pytest.mark.parametrize("script", ["exec sleep 100", "echo no display >&2; exit 1"])
def test_a_browser_that_hangs_or_dies_is_reported_with_the_deck_and_leaves_all_as_it_was(
    deck, monkeypatch, capsys, tmp_path, script
):
    old = deck.with_suffix(".pdf")
    old.write_bytes(b"%PDF-1.4 the last good one %%EOF")
    before = sorted(deck.parent.rglob("*"))
    monkeypatch.setenv("LENS_LABS_BROWSER", str(program(tmp_path, "mine", script)))
    began = time.monotonic()
    assert pdf.main([str(deck.parent), "--limit", "1"]) == 1
    assert time.monotonic() - began < 30
    said = capsys.readouterr().err
    assert said.startswith("film: the browser ")
    assert "does not start (time limit 1 s)" in said
    assert sorted(deck.parent.rglob("*")) == before
    assert b"last good" in old.read_bytes()


def test_a_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "film.pdf"
    pdf.replace_file(path, b"one")
    pdf.replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_another_program_holds_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "film.pdf"
    path.write_bytes(b"old")

    def refuse(self, target):
        raise PermissionError("used by another process")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(pdf.PrintError, match=r"film\.pdf cannot be written .* open in another program"):
        pdf.replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cut", [b"", b"<html>", b"%PDF-1.4 <</Type /Page /A 1>>"])
def test_what_is_no_complete_pdf_has_no_pages(cut):
    assert pdf.count_pages(cut) == 0


def test_pages_are_told_from_the_list_of_pages():
    assert pdf.count_pages(b"%PDF-1.4 <</Type /Pages>> <</Type/Page/A 1>> <</Type /Page\n>> %%EOF\n") == 2
