"""The front matter of a lecture: one schema, from which come its card, its side panel and what search engines read.

A page is a lecture if its metadata has the field ``lecture``. What is allowed in it stands in ``lecture.schema.json``; a
fault is a warning that names the page, the field, what came and what is allowed.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

from lens_labs.sphinx.faults import line_of_field

if TYPE_CHECKING:
    from docutils import nodes
    from jsonschema import Draft202012Validator, ValidationError
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SCHEMA = Path(__file__).with_name("lecture.schema.json")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Objective:
    """A skill, and the exercises that assess it."""

    you_can: str
    assessed_by: tuple[str, ...]


@dataclass(frozen=True)
class Lab:
    """What a page tells of a lab; its own header is the source."""

    name: str
    title: str
    minutes: int
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lecture:
    """A lecture, as its front matter describes it.

    Attributes
    ----------
    page : str
        Name of the page, such as ``"lectures/02-dense-regression"``.
    title : str
        The title of the page.
    minutes : mapping of str to int
        Minutes of ``notes`` and ``slides``.
    sections : mapping of str to int
        Minutes of reading for each section, by its label.

    The other attributes are the fields of the front matter.
    """

    page: str
    title: str
    number: int
    topic: str
    question: str
    abstract: str
    audience: str
    minutes: Mapping[str, int]
    sections: Mapping[str, int]
    objectives: tuple[Objective, ...]
    labs: tuple[Lab, ...]
    keywords: tuple[str, ...]
    licence: str
    authors: tuple[str, ...]
    revised: str
    builds_on: tuple[int, ...] = ()
    prerequisites: tuple[str, ...] = ()
    draft: bool = False

    @property
    def slug(self) -> str:
        """The last part of the page's name, which its deck shares."""
        return self.page.rpartition("/")[2]

    @property
    def lab_minutes(self) -> int:
        """Minutes of all labs together."""
        return sum(lab.minutes for lab in self.labs)

    def learning_resource(self) -> dict[str, Any]:
        """Describe the lecture in the words of schema.org, for search engines and training catalogues."""
        return {
            "@context": "https://schema.org",
            "@type": "LearningResource",
            "name": self.title,
            "description": self.abstract,
            "about": self.topic,
            "keywords": list(self.keywords),
            "audience": {"@type": "Audience", "audienceType": self.audience},
            "teaches": [objective.you_can for objective in self.objectives],
            "competencyRequired": list(self.prerequisites),
            "timeRequired": f"PT{sum(self.minutes.values()) + self.lab_minutes}M",
            "learningResourceType": ["lecture notes", "slides", "hands-on lab"],
            "educationalLevel": "graduate",
            "inLanguage": "en",
            "isAccessibleForFree": True,
            "license": f"https://spdx.org/licenses/{self.licence}.html",
            "author": [{"@type": "Organization", "name": name} for name in self.authors],
            "dateModified": self.revised,
        }


@functools.cache
def _validator() -> Draft202012Validator:
    import jsonschema  # noqa: PLC0415 - takes long to load, and a project without lectures does not need it

    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def faults(front_matter: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with the front matter of a lecture.

    Parameters
    ----------
    front_matter : mapping
        The content of the field ``lecture``.

    Yields
    ------
    str
        A sentence for each fault: where it is, what came, what is allowed.

    Examples
    --------
    >>> next(faults({"number": "two"}))
    "lecture: 'abstract' is missing"
    """
    errors = sorted(
        _validator().iter_errors(front_matter), key=lambda error: (list(map(str, error.path)), error.message)
    )
    yield from map(_sentence, errors)
    minutes, sections = front_matter.get("minutes"), front_matter.get("sections")
    if not errors and minutes and sections and sum(sections.values()) != minutes["notes"]:
        yield (
            f"lecture.minutes.notes must be the sum of lecture.sections, {sum(sections.values())}; "
            f"got {minutes['notes']}"
        )


def _sentence(error: ValidationError) -> str:
    place = "lecture" + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    rule = error.validator_value
    match error.validator:
        case "required":
            missing = error.message.split("'")[1]
            return f"{place}: {missing!r} is missing"
        case "additionalProperties":
            schema = error.schema if isinstance(error.schema, dict) else {}
            allowed = ", ".join(schema.get("properties", ())) or "others"
            unknown = error.message.split("'")[1] if "'" in error.message else error.message
            return f"{place}: there is no field {unknown!r}; allowed are {allowed}"
        case "type":
            return f"{place} must be of type {rule}; got {error.instance!r}"
        case "pattern":
            return f"{place} must match {rule}; got {error.instance!r}"
    return f"{place}: {error.message}"


def parse(
    page: str, title: str, front_matter: Mapping[str, Any], labs: Mapping[str, Mapping[str, Any]]
) -> Lecture:
    """Make a lecture of its front matter, which must be without faults.

    Parameters
    ----------
    page, title : str
        Name and title of the page.
    front_matter : mapping
        The content of the field ``lecture``.
    labs : mapping
        What is known of each lab: ``title``, ``minutes``, ``exercises``.
    """
    fields = dict(front_matter)
    fields["objectives"] = tuple(
        Objective(each["you_can"], tuple(each["assessed_by"])) for each in front_matter["objectives"]
    )
    fields["labs"] = tuple(
        Lab(name, labs[name]["title"], labs[name]["minutes"], tuple(labs[name].get("exercises", ())))
        for name in front_matter["labs"]
        if name in labs
    )
    for name in ("keywords", "authors", "builds_on", "prerequisites"):
        fields[name] = tuple(front_matter.get(name, ()))
    return Lecture(page=page, title=title, **fields)


def front_matter(env: BuildEnvironment, page: str) -> Mapping[str, Any] | None:
    """Return the field ``lecture`` of a page's metadata, or None."""
    field = env.metadata.get(page, {}).get("lecture")
    if field is None:
        return None
    try:
        content = json.loads(field) if isinstance(field, str) else field
    except json.JSONDecodeError:
        content = field
    return content if isinstance(content, Mapping) else {}


def all_lectures(app: Sphinx) -> list[Lecture]:
    """Return the lectures of a project by their numbers; those with faults are left out."""
    found = []
    for page in sorted(app.env.metadata):
        content = front_matter(app.env, page)
        if content is not None and not any(faults(content)):
            found.append(parse(page, app.env.titles[page].astext(), content, app.config.lecture_labs))
    return sorted(found, key=lambda lecture: lecture.number)


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Report every fault of the page that has been read."""
    page = app.env.docname
    content = front_matter(app.env, page)
    if content is None:
        return
    found = list(faults(content))
    if not found:
        known = app.config.lecture_labs
        unknown = [name for name in content["labs"] if name not in known]
        found += [f"lecture.labs: there is no lab {name!r}; there are {', '.join(known)}" for name in unknown]
        exercises = {
            each for name in content["labs"] if name in known for each in known[name].get("exercises", ())
        }
        for objective in content["objectives"] if exercises else ():
            strangers = [each for each in objective["assessed_by"] if each not in exercises]
            found += [
                f"lecture.objectives: no lab of this lecture has the exercise {each!r}" for each in strangers
            ]
        found += [
            f"lecture.sections: this page has no section labelled {label!r}"
            for label in content["sections"]
            if label not in doctree.nameids and label not in doctree.ids
        ]
    line = line_of_field(app.env.doc2path(page), "lecture")
    for sentence in found:
        logger.warning("%s", sentence, location=(page, line), type="lecture")


def add_to_context(app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Give the templates all lectures, and the one whose page this is."""
    lectures = _lectures_once(app)
    lecture = next((each for each in lectures if each.page == page), None)
    context.update(lectures=lectures, lecture=lecture)
    if lecture:
        context["learning_resource"] = json.dumps(lecture.learning_resource(), ensure_ascii=False).replace(
            "<", "\\u003c"
        )


def _lectures_once(app: Sphinx) -> list[Lecture]:
    """Collect the lectures once for each build: by now all pages are read."""
    kept: list[Lecture] | None = getattr(app, "_lens_lectures", None)
    if kept is None:
        kept = all_lectures(app)
        app._lens_lectures = kept  # type: ignore[attr-defined]  # noqa: SLF001 - an attribute of our own
    return kept


def cards_follow_their_lectures(app: Sphinx, _env: BuildEnvironment) -> list[str]:
    """Write the pages with cards again whenever a lecture has changed."""
    return [app.config.root_doc]


def setup(app: Sphinx) -> None:
    """Register the schema and what the templates get."""
    app.add_config_value("lecture_labs", {}, "env", types=frozenset({dict}))
    app.connect("doctree-read", check)
    app.connect("env-updated", cards_follow_their_lectures)
    app.connect("html-page-context", add_to_context)
