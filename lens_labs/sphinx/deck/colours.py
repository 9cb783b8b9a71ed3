"""Colours as style sheets know them."""

from __future__ import annotations

import re

_FORM = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|var\(--[\w-]+\)|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color-mix|color)\([^();{}]+\)",
    re.IGNORECASE,
)
_NAMES = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
    cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray
    darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen
    darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue
    firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew
    hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
    lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred
    midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple
    rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue
    slategray slategrey snow springgreen steelblue tan teal thistle tomato transparent turquoise violet wheat white
    whitesmoke yellow yellowgreen
"""


def colour(argument: str | None) -> str:
    """Read a colour.

    Parameters
    ----------
    argument : str
        A name of CSS Color 4, hexadecimal digits, a function, or a variable of a style sheet.

    Returns
    -------
    str
        The colour, without space and quotes around it.

    Raises
    ------
    ValueError
        If no browser would understand it.

    Examples
    --------
    >>> colour("#0b1a2a"), colour("var(--night)"), colour("ivory")
    ('#0b1a2a', 'var(--night)', 'ivory')
    >>> colour("#12345")
    Traceback (most recent call last):
    ...
    ValueError: a colour must be like '#0b1a2a', 'var(--night)', 'rgb(11 26 42)' or 'ivory'; got '#12345'
    """
    text = (argument or "").strip()
    if text[:1] in {'"', "'"} and text[1:].endswith(text[0]):
        text = text[1:-1]
    if text.lower() in _NAMES.split() or _FORM.fullmatch(text):
        return text
    raise ValueError(
        f"a colour must be like '#0b1a2a', 'var(--night)', 'rgb(11 26 42)' or 'ivory'; got {text!r}"
    )
