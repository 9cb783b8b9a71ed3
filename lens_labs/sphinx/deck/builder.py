"""The builder ``deck``: one page of slides for each document, shown by reveal.js, with nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders.html import StandaloneHTMLBuilder

from lens_labs.sphinx.deck import front_matter, motif
from lens_labs.sphinx.deck.nodes import deck_slide
from lens_labs.sphinx.deck.translator import DeckTranslator

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from docutils import nodes

THEME = "lens-deck"


class DeckBuilder(StandaloneHTMLBuilder):
    """``sphinx -b deck``: slides from Markdown or reStructuredText.

    A document is a deck. A document with a table of contents is a page that lists the decks in it. Both work under
    any address, and from a folder without a server.
    """

    name = "deck"
    epilog = "The decks are in %(outdir)s."
    default_translator_class = DeckTranslator
    copysource = False
    add_permalinks = False
    search = False
    html_scaled_image_link = False

    def init(self) -> None:
        """Prepare, without the index that other projects want."""
        super().init()
        self.use_index = False

    @property
    def math_renderer_name(self) -> str:
        """Formulas are laid out while decks are built, whatever the notes do."""
        return "katex"

    def get_theme_config(self) -> tuple[str, dict[str, str | int | bool]]:
        """Return the theme of decks, whatever the theme of the notes."""
        return THEME, {}

    def init_css_files(self) -> None:
        """Take the project's own style sheets; those of extensions are made for other themes."""
        self._css_files = []
        for filename, attributes in self.get_builder_config("css_files", "html"):
            self.add_css_file(filename, **attributes)

    def init_js_files(self) -> None:
        """Take the project's own scripts, such as demonstrations."""
        self._js_files = []
        for filename, attributes in self.get_builder_config("js_files", "html"):
            self.add_js_file(filename or "", **attributes)

    def prepare_writing(self, docnames: AbstractSet[str]) -> None:
        """Prepare to write pages, without indices."""
        super().prepare_writing(docnames)
        self.domain_indices = []

    def get_doc_context(self, docname: str, body: str, metatags: str) -> dict[str, Any]:
        """Return what the templates show."""
        title = self.env.longtitles.get(docname) or self.env.titles[docname]
        about = front_matter.read(self.env, docname)
        return {
            "about": about,
            "back": front_matter.address_of_notes(self.env, docname, "index.html"),
            "body": body,
            "decks": [self._listed(docname, name) for name in self.env.toctree_includes.get(docname, ())],
            "metatags": metatags,
            "notes": front_matter.address_of_notes(self.env, docname, about.notes),
            "title": title.astext(),
        }

    def _listed(self, docname: str, name: str) -> dict[str, Any]:
        return {
            "about": front_matter.read(self.env, name),
            "address": self.get_relative_uri(docname, name),
            "title": self.env.titles[name].astext(),
        }

    def handle_page(
        self,
        pagename: str,
        addctx: dict[str, Any],
        templatename: str = "page.html",
        *,
        outfilename: Path | None = None,
        event_arg: Any = None,
    ) -> None:
        """Write a page, as slides or as a list of decks."""
        if templatename == "page.html" and pagename in self.env.toctree_includes:
            templatename = "decks.html"
        super().handle_page(pagename, addctx, templatename, outfilename=outfilename, event_arg=event_arg)

    def post_process_images(self, doctree: nodes.Node) -> None:
        """Take the pictures along that are the ground of a slide, as all others."""
        super().post_process_images(doctree)
        for slide in doctree.findall(deck_slide):
            source = slide["attributes_"].get("data-background-image")
            if source in self.env.images:
                self.images[source] = self.env.images[source][1]
                slide["attributes_"]["data-background-image"] = f"{self.imgpath}/{self.images[source]}"

    def create_pygments_style_file(self) -> None:
        """Write none: the theme colours code by its tokens."""

    def copy_theme_static_files(self, context: dict[str, Any]) -> None:
        """Copy the files of the theme, and draw the ground of the title slides."""
        super().copy_theme_static_files(context)
        Path(self.outdir, "_static", "title.svg").write_text(motif.title_ground(), "utf-8")
