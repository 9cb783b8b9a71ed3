"""The corpus: real sentences with a source each, and a notice for every source."""

from __future__ import annotations

import lzma
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens_labs import data
from lens_labs.data import _corpus

SENTENCES = data.corpus()
SOURCES = _corpus._sentences(_corpus.FOLDER)


def test_sentences_are_prose_and_none_comes_twice():
    keys = [re.sub(r"\W+", "", sentence.lower()) for sentence in SENTENCES]
    assert len(set(keys)) == len(keys) > 5_000
    for sentence in SENTENCES:
        assert sentence == sentence.strip()
        assert sentence.isprintable()
        assert 6 <= len(re.findall(r"[A-Za-z]{2,}", sentence)) <= 60
        assert sentence[0].isupper()
        assert sentence[-1] in ".!?"
        assert not re.search(r"[\\$@<>=]|::|https?:|>>>", sentence)


def test_sentences_speak_of_scattering():
    words = Counter(word for sentence in SENTENCES for word in re.findall("[a-z]+", sentence.lower()))
    for word in ("scattering", "neutron", "resolution", "sphere", "detector", "wavelength", "reflectivity"):
        assert words[word] >= 20, word


def test_every_source_has_its_licence_in_the_notice():
    notice = (_corpus.FOLDER / "NOTICE.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+) [\d.]+, (.*)$", notice, re.MULTILINE))
    assert sections.keys() == SOURCES.keys()
    assert set(sections.values()) == {"BSD-3-Clause", "MIT"}
    for text in notice.split("\n## ")[1:]:
        assert re.search(r"(?i)copyright", text)
        assert re.search(r"Redistribution and use|hereby\s+granted", text)


def test_sentences_of_one_source_are_those_of_the_corpus_in_their_order():
    assert sum((data.corpus(source) for source in SOURCES), ()) == SENTENCES
    assert all(data.corpus(source) for source in SOURCES)


def test_the_corpus_is_small():
    assert sum(path.stat().st_size for path in _corpus.FOLDER.iterdir()) < 400_000


def test_a_changed_corpus_is_refused(tmp_path):
    (tmp_path / "sentences.txt.xz").write_bytes(lzma.compress(b"me\tAll sentences are mine.\n"))
    with pytest.raises(data.DataError, match="corpus have changed; install lens-labs again"):
        _corpus._sentences(tmp_path)


@given(st.text() | st.integers() | st.lists(st.text()))
def test_an_unknown_source_is_refused_with_those_there_are(source):
    if isinstance(source, str) and source in SOURCES:
        return
    with pytest.raises(ValueError, match=r"source must be one of 'sasmodels', 'sasdata', .*; got"):
        data.corpus(source)
