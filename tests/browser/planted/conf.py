"""A deck with one fault a slide, as authors make them, for the test of the check."""

project = "Planted faults"
extensions = ["myst_parser", "lens_labs.sphinx"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
html_math_renderer = "katex"
