"""What is in a PDF that a browser has written: its pages, their size and their words. For tests; no other PDF is understood."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)


class Pdf:
    """A PDF file, read by regular expressions."""

    def __init__(self, content):
        self.objects = {int(number): body for number, body in _OBJECT.findall(content)}
        self.pages = [
            body for _, body in sorted(self.objects.items()) if re.search(rb"/Type /Page(?![a-z])", body)
        ]
        self._fonts = {}

    def sizes(self):
        """Return the different sizes of the pages, in points."""
        boxes = [re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page).groups() for page in self.pages]
        return {(round(float(width)), round(float(height))) for width, height in boxes}

    def title(self):
        """Return the title of the document."""
        return _words(re.search(rb"^<</Title (\(.*?\)|<.*?>)\n", self.objects[1]).group(1))

    def outline(self):
        """Return the titles in the outline."""
        marks = [body for body in self.objects.values() if b"/Parent" in body and b"/Title" in body]
        return {_words(re.search(rb"/Title (\(.*?\)|<.*?>)\n", mark).group(1)) for mark in marks}

    def is_tagged(self):
        """Say whether a screen reader is told what is a heading, a list, a figure."""
        return any(b"/Marked true" in body for body in self.objects.values())

    def text(self, number):
        """Return the words of a page, without the spaces between them."""
        page = self.pages[number]
        letters = {
            name: self._letters(int(target)) for name, target in re.findall(rb"/(F\d+) (\d+) 0 R", page)
        }
        content = self._stream(int(re.search(rb"/Contents (\d+) 0 R", page).group(1)))
        found, font = [], {}
        for name, code in re.findall(rb"/(F\d+) [-\d.]+ Tf|<([0-9A-Fa-f]+)>", content):
            if name:
                font = letters[name]
            else:
                step = font["step"]
                found += [font.get(code[i : i + step].upper(), "") for i in range(0, len(code), step)]
        return "".join(found).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")

    def _stream(self, number):
        body = self.objects[number]
        raw = body[body.index(b"stream\n") + 7 : body.rindex(b"\nendstream")]
        return zlib.decompress(raw) if b"/FlateDecode" in body else raw

    def _letters(self, number):
        """Return the letters of a font, by their code in hexadecimal digits."""
        if number not in self._fonts:
            font = self.objects[number]
            table = {"step": 2 if b"/Subtype /Type3" in font else 4}
            if target := re.search(rb"/ToUnicode (\d+) 0 R", font):
                table |= _mapping(self._stream(int(target.group(1))))
            self._fonts[number] = table
        return self._fonts[number]


def _mapping(written):
    table = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", written, re.DOTALL):
        for code, letter in re.findall(rb"<(\w+)> <(\w+)>", block):
            table[code.upper()] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", written, re.DOTALL):
        for first, last, letter in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for offset in range(int(last, 16) - int(first, 16) + 1):
                code = f"{int(first, 16) + offset:0{len(first)}X}".encode()
                letters = bytes.fromhex(letter.decode()).decode("utf-16-be")
                table[code] = letters[:-1] + chr(ord(letters[-1]) + offset)
    return table


def _words(written):
    if written.startswith(b"<"):
        return bytes.fromhex(written[1:-1].decode()).decode("utf-16").replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(rb"\\(.)", rb"\1", written[1:-1]).decode("latin-1")
