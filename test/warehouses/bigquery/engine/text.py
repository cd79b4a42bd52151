"""Reading the words of a statement that is no query. Queries are read by sqlglot."""

import re

from errors import not_modelled, syntax

TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<string>(?i:r|b|rb|br)?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
      | (?P<quoted>`(?:[^`\\]|\\.)+`)
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
      | (?P<word>@@?[^\W\d][\w.]*|[^\W\d]\w*)
      | (?P<symbol>=>|<=|>=|<>|!=|\|\||.)""",
    re.X | re.S,
)
ESCAPE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


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


def statements(text):
    """The statements of a script, as typed, without their semicolons."""
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
    prefix = re.match(r"(?i)[rb]*", string)[0].lower()
    body = string[len(prefix) :]
    width = 3 if body[:3] in ("'''", '"""') else 1
    body = body[width:-width]
    return body if "r" in prefix else unescaped(body)


def unescaped(body):
    def one(match):
        code = match[1]
        if code[0] in "xXuU":
            return chr(int(code[1:], 16))
        return ESCAPE.get(code, code)

    return re.sub(r"\\([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", one, body, flags=re.S)


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
        at = token.start if token else len(self.text)
        line, column = self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)
        return syntax(f"Unexpected {repr(token.text) if token else 'end of statement'}", line, column)

    def token(self, *kinds):
        token = self.peek()
        if token is None or token.kind not in kinds:
            raise self.unexpected()
        self.at += 1
        return token

    def identifier(self):
        token = self.token("word", "quoted")
        return unescaped(token.text[1:-1]) if token.kind == "quoted" else token.text

    def path(self):
        """The parts of a dotted name; a part in backticks may hold several, and a bare first one dashes."""
        parts = self.identifier().split(".")
        while (token := self.peek()) is not None and token.text in (".", "-"):
            if token.text == "-" and (len(parts) > 1 or token.start != self.tokens[self.at - 1].end):
                break
            self.at += 1
            if token.text == "-":
                follow = self.token("word", "number")
                pieces = follow.text.split(".")
                parts[-1] += "-" + pieces[0]
                parts += [piece for piece in pieces[1:] if piece]
            else:
                parts += self.identifier().split(".")
        return parts

    def string(self):
        return unquoted(self.token("string").text)

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
        """The texts between commas of what stands in parentheses here."""
        return split(self.parens())

    def until(self, *stops):
        """The text up to one of these words outside of parentheses, or to the end."""
        start, depth, end = self.peek().start if not self.done else len(self.text), 0, None
        while not self.done:
            token = self.peek()
            if depth == 0 and any(self.next_is(*stop.split()) for stop in stops):
                break
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.kind == "symbol" else 0
            end = token.end
            self.at += 1
        return self.text[start:end] if end else ""

    def rest(self):
        """All that is left."""
        text = self.text[self.peek().start : self.tokens[-1].end] if not self.done else ""
        self.at = len(self.tokens)
        return text

    def end(self, of):
        """Whatever is left over is something that is not done here."""
        if not self.done:
            raise not_modelled(f"{self.rest()[:60]!r} in {of}")


def split(text):
    """The parts between commas that are in no brackets of any kind."""
    parts, depth, start, angle = [], 0, 0, 0
    for token in tokens(text):
        if token.kind != "symbol":
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        angle += {"<": 1, ">": -1}.get(token.text, 0)
        if token.text == "," and depth == 0 and angle <= 0:
            parts.append(text[start : token.start].strip())
            start, angle = token.end, 0
    last = text[start:].strip()
    return [*parts, last] if last or parts else []
