r"""
A small language that chooses frames, such as ``opcode == close or length > 1000``.

::

    expression  = conjunction *( "or" conjunction )
    conjunction = negation *( "and" negation )
    negation    = "not" negation / "(" expression ")" / comparison
    comparison  = field [ operator value ]
    operator    = "==" / "!=" / "<" / "<=" / ">" / ">=" / "contains" / "matches"

A value is a number (``1000``, ``0x8``), a word (``close``) or a string in quotes, in
which a backslash takes the next character as it is. A field alone is true unless it is
0, empty or not there; comparing what isn't there is false, but for ``!=``. ``contains``
finds a string in another, ``matches`` a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple


__all__ = ["FilterInvalid", "Predicate", "Value", "parse_filter"]

Value = int | float | str | None
Predicate = Callable[[Callable[[str], Value]], bool]
"""Judges an item of which a function gives the fields."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator>==|!=|<=|>=|<|>)
      | (?P<bracket>[()])
      | (?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)(?![\w.])
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<word>[A-Za-z_][\w.-]*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset({"and", "or", "not", "contains", "matches"})
_MAX_DEPTH = 100


class FilterInvalid(ValueError):
    """Text is no filter; `position` is where that shows, from 0."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem, position)
        self.problem = problem
        self.position = position

    def __str__(self) -> str:
        return f"character {self.position + 1}: {self.problem}"


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


def parse_filter(text: str, fields: Mapping[str, frozenset[str] | None]) -> Predicate:
    """
    Parse a filter.

    Args:
        text: The filter.
        fields: The fields there are; for those that have only certain words as values,
            the words.

    Raises:
        FilterInvalid: If it is none, or names a field or a word that isn't there.
    """
    parser = _Parser(_tokenize(text), len(text), fields)
    predicate = parser.parse_expression()
    parser.expect_end()
    return predicate


def _tokenize(text: str) -> list[_Token]:
    tokens = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:]
            start = position + len(rest) - len(rest.lstrip())
            hint = ", try ==" if text[start] == "=" else ""
            raise FilterInvalid(f"unexpected {text[start]!r}{hint}", start)
        kind = str(match.lastgroup)
        word = match[kind]
        if word in _KEYWORDS:
            kind = "keyword"
        tokens.append(_Token(kind, word, match.start(match.lastgroup or 0)))
        position = match.end()
    return tokens


class _Parser:
    """Parse tokens by recursive descent."""

    def __init__(
        self,
        tokens: list[_Token],
        end: int,
        fields: Mapping[str, frozenset[str] | None],
    ) -> None:
        self._tokens = tokens
        self._fields = fields
        self._end = _Token("end", "the end", end)
        self._index = 0
        self._depth = 0

    def parse_expression(self) -> Predicate:
        """Parse what ``or`` joins."""
        terms = [self._parse_conjunction()]
        while self._take("or"):
            terms.append(self._parse_conjunction())
        if len(terms) == 1:
            return terms[0]
        return lambda get: any(term(get) for term in terms)

    def expect_end(self) -> None:
        """Refuse what comes after the expression."""
        token = self._peek()
        if token.kind != "end":
            problem = f"unexpected {token.text!r}, where and, or or the end can be"
            raise FilterInvalid(problem, token.position)

    def _parse_conjunction(self) -> Predicate:
        terms = [self._parse_negation()]
        while self._take("and"):
            terms.append(self._parse_negation())
        if len(terms) == 1:
            return terms[0]
        return lambda get: all(term(get) for term in terms)

    def _parse_negation(self) -> Predicate:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise FilterInvalid("nested too deeply", self._peek().position)
        try:
            if self._take("not"):
                inner = self._parse_negation()
                return lambda get: not inner(get)
            if self._take("("):
                inner = self.parse_expression()
                if not self._take(")"):
                    token = self._peek()
                    problem = f"expected ')', found {token.text}"
                    raise FilterInvalid(problem, token.position)
                return inner
            return self._parse_comparison()
        finally:
            self._depth -= 1

    def _parse_comparison(self) -> Predicate:
        token = self._next()
        if token.kind != "word":
            raise FilterInvalid(f"expected a field, found {token.text}", token.position)
        name = token.text.lower()
        if name not in self._fields:
            known = ", ".join(self._fields)
            problem = f"there is no field {token.text!r}; there are {known}"
            raise FilterInvalid(problem, token.position)
        operator = self._peek()
        if operator.kind != "operator" and operator.text not in ("contains", "matches"):
            return lambda get: bool(get(name))
        self._index += 1
        value = self._parse_value(name, operator)
        return _make_comparison(name, operator, value)

    def _parse_value(self, name: str, operator: _Token) -> int | float | str:
        token = self._next()
        words = self._fields[name]
        match token.kind:
            case "number" if operator.kind == "operator" and words is None:
                return _parse_number(token.text)
            case "number":
                value = token.text
            case "word":
                value = token.text
            case "string":
                value = re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
                if operator.text == "matches":
                    value = token.text[1:-1]
            case _:
                problem = f"expected a value, found {token.text}"
                raise FilterInvalid(problem, token.position)
        if words is not None and operator.kind == "operator" and value not in words:
            problem = f"{name} is never {value!r}, but {', '.join(sorted(words))}"
            raise FilterInvalid(problem, token.position)
        if operator.text == "matches":
            return _check_pattern(value, token.position)
        return value

    def _peek(self) -> _Token:
        return (
            self._tokens[self._index] if self._index < len(self._tokens) else self._end
        )

    def _next(self) -> _Token:
        token = self._peek()
        self._index += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token.kind in ("keyword", "bracket") and token.text == text:
            self._index += 1
            return True
        return False


def _parse_number(text: str) -> int | float:
    return float(text) if "." in text else int(text, 0 if text[1:2] in "xX" else 10)


def _check_pattern(pattern: str, position: int) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterInvalid(f"{pattern!r}: {error}", position) from error
    return pattern


def _make_comparison(
    name: str, operator: _Token, value: int | float | str
) -> Predicate:
    text = str(value)
    match operator.text:
        case "contains":
            return lambda get: (found := get(name)) is not None and text in str(found)
        case "matches":
            search = re.compile(text).search
            return lambda get: (
                (found := get(name)) is not None and search(str(found)) is not None
            )
        case "==":
            return lambda get: _equals(get(name), value)
        case "!=":
            return lambda get: not _equals(get(name), value)
        case _:
            return _make_order(name, operator, value)


def _equals(found: Value, value: int | float | str) -> bool:
    if isinstance(found, str) != isinstance(value, str):
        return found is not None and str(found) == str(value)
    return found == value


def _make_order(name: str, operator: _Token, value: int | float | str) -> Predicate:
    if isinstance(value, str):
        problem = f"{operator.text} compares numbers, not {value!r}"
        raise FilterInvalid(problem, operator.position)
    compare: Callable[[int | float], bool] = {
        "<": lambda found: found < value,
        "<=": lambda found: found <= value,
        ">": lambda found: found > value,
        ">=": lambda found: found >= value,
    }[operator.text]

    def judge(get: Callable[[str], Value]) -> bool:
        found = get(name)
        return isinstance(found, int | float) and compare(found)

    return judge
