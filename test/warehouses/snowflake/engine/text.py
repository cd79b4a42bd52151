"""Reading the words of a statement that is no query. Queries are read by sqlglot."""

import re

from errors import not_modelled, syntax

TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$)
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<symbol>=>|::|->>|.)""",
    re.X | re.S,
)
ESCAPE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


class Token:
    __slots__ = ("kind", "text", "start", "end")

    def __init__(self, kind, text, start, end):
        self.kind, self.text, self.start, self.end = kind, text, start, end


def tokens(text):
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        at = match.end()
        if match.lastgroup != "blank":
            found.append(Token(match.lastgroup, match.group(), match.start(), at))
    return found


def numbered(text):
    """With :1, :2 for each ?, as they stand: a parsed query does not say any more which came first."""
    if "?" not in text:
        return text
    parts, at, n = [], 0, 0
    for token in tokens(text):
        if token.kind == "symbol" and token.text == "?":
            n += 1
            parts += [text[at : token.start], f":{n}"]
            at = token.end
    return "".join([*parts, text[at:]])


def statements(text):
    """The statements of a request, as typed, without their semicolons."""
    parts, start, end = [], None, None
    for token in tokens(text):
        if token.kind == "symbol" and token.text == ";":
            if start is not None:
                parts.append(text[start:end])
            start = None
            continue
        start = token.start if start is None else start
        end = token.end
    if start is not None:
        parts.append(text[start:end])
    return parts


def unquoted(string):
    if string.startswith("$$"):
        return string[2:-2]
    return re.sub(r"''|\\(.)", lambda m: "'" if m[0] == "''" else ESCAPE.get(m[1], m[1]), string[1:-1], flags=re.S)


class Words:
    """A place in a statement. `take` moves on when the words that it is asked for are next."""

    def __init__(self, text):
        self.text, self.tokens, self.at = text, tokens(text), 0

    @property
    def done(self):
        return self.at >= len(self.tokens)

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def next_is(self, *words):
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if token is None or token.kind not in ("word", "symbol") or token.text.upper() != word:
                return False
        return True

    def take(self, *words):
        if not self.next_is(*words):
            return False
        self.at += len(words)
        return True

    def take_any(self, *choices):
        """The first of the choices that is next; each is a string of words."""
        return next((choice for choice in choices if self.take(*choice.split())), None)

    def need(self, *words):
        if not self.take(*words):
            raise self.unexpected()

    def unexpected(self):
        token = self.peek()
        return syntax(token.text, token.start) if token else syntax("<EOF>", len(self.text))

    def token(self, *kinds):
        token = self.peek()
        if token is None or token.kind not in kinds:
            raise self.unexpected()
        self.at += 1
        return token

    def identifier(self):
        token = self.token("word", "quoted")
        return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text.upper()

    def name(self):
        """The parts of a dotted name; also IDENTIFIER('a.b')."""
        if self.next_is("IDENTIFIER", "("):
            self.at += 2
            inner = Words(unquoted(self.token("string").text))
            self.need(")")
            return inner.name()
        parts = [self.identifier()]
        while self.take("."):
            parts.append("" if self.next_is(".") else self.identifier())
        return parts

    def string(self):
        return unquoted(self.token("string").text)

    def value(self):
        """A word, a number or a string, as text."""
        sign = "-" if self.take("-") else ""
        token = self.token("word", "number", "string", "quoted")
        return unquoted(token.text) if token.kind == "string" else sign + token.text

    def parens(self):
        """The text between the parentheses that open here."""
        first = self.peek()
        self.need("(")
        depth = 1
        while depth:
            token = self.token("word", "number", "string", "quoted", "symbol")
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        return self.text[first.end : token.start]

    def items(self):
        """What stands between the parentheses that open here, cut at its commas."""
        inner = Words(self.parens())
        parts, depth, start = [], 0, 0
        for token in inner.tokens:
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(token.text, 0) if token.kind == "symbol" else 0
            if depth == 0 and token.kind == "symbol" and token.text == ",":
                parts.append(inner.text[start : token.start].strip())
                start = token.end
        return [*parts, inner.text[start:].strip()] if inner.text.strip() else []

    def rest(self):
        token = self.peek()
        self.at = len(self.tokens)
        return "" if token is None else self.text[token.start :]

    def end(self, what="this statement"):
        if not self.done:
            raise not_modelled(f"{what} with {self.rest()[:60]!r}")
