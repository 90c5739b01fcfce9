"""Data in words: which datasets, which of their subsets, and what is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labwork.config.expressions._expression import Expression
from labwork.config.expressions._names import Name
from labwork.config.expressions._parse import read_arguments, read_expression
from labwork.config.expressions._source import Source, Span
from labwork.config.expressions._tokens import Token, match_brackets, tokenize
from labwork.core import ExpressionError

__all__ = ["DataExpression", "DataSpec", "parse_data"]

_EXAMPLE = "such as 'Digits{train,val}'"


@dataclass(frozen=True, slots=True)
class DataSpec:
    """A dataset's name, the subsets that are wanted (none is the dataset itself), its arguments.

    Each knows where it stands in the text.
    """

    name: Expression
    subsets: tuple[Expression, ...] = ()
    keywords: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataExpression:
    """What ``parse_data`` read: names for the results, what is read, what is made of that."""

    names: tuple[str, ...]
    specs: tuple[DataSpec, ...]
    transform: Expression | None = None


def parse_data(text: str, where: str = "DATA") -> DataExpression:
    """Reads ``[names ":"] spec ("," spec)* [":" expression]``.

    A spec is a dataset's name, dots allowed, then its arguments as ``(name=value, ...)`` and its
    subsets as ``{name, ...}``, where there are any. What could be names or specs is names:
    ``a: B`` reads ``B`` and calls it ``a``.

    Raises:
        ExpressionError: where ``text`` has another form; the message points at the place.

    >>> data = parse_data("train,few:Digits{train,test}:(d[0],d[1][:10])")
    >>> data.names, [subset.name for subset in data.specs[0].subsets], data.transform
    (('train', 'few'), ['train', 'test'], parse_expression('(d[0],d[1][:10])'))
    """
    source = Source(text, where)
    return _Parser(source, tokenize(source)).data()


class _Parser:
    """Goes through the tokens of a text; ``position`` is the next one."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.pairs = match_brackets(tokens, source)
        self.position = 0

    def data(self) -> DataExpression:
        names = self.names() if self.begins_with_names() else ()
        specs = [self.spec()]
        while self.takes(","):
            specs.append(self.spec())
        transform = self.transform() if self.takes(":") else None
        if self.position < len(self.tokens):
            raise self.error("',', ':' or the end should stand here")
        return DataExpression(names, tuple(specs), transform)

    def begins_with_names(self) -> bool:
        """Whether there is ``name, name:`` and then what begins as a spec does."""
        end = 0
        while self.text(end) not in (":", ""):
            end += 1
        is_listed = all(
            token.kind == "name" if i % 2 == 0 else token.text == ","
            for i, token in enumerate(self.tokens[:end])
        )
        begins_spec = self.kind(end + 1) == "name" and self.text(end + 2) in (*",.:({", "")
        return end % 2 == 1 and is_listed and begins_spec

    def names(self) -> tuple[str, ...]:
        names = [self.name("a name for a dataset")]
        while not self.takes(":"):
            self.position += 1
            names.append(self.name("a name for a dataset", names))
        return tuple(names)

    def spec(self) -> DataSpec:
        first = self.position
        self.name(f"the name of a dataset, {_EXAMPLE},")
        while self.takes("."):
            self.name("a name after the dot")
        tokens = self.tokens[first : self.position]
        name = read_expression(self.source, tokens, (tokens[0].start, tokens[-1].end))
        keywords = self.keywords() if self.text() == "(" else {}
        subsets = self.subsets() if self.takes("{") else ()
        return DataSpec(name, subsets, keywords)

    def keywords(self) -> Mapping[str, Expression]:
        first, last = self.position, self.pairs[self.position]
        span = self.tokens[first].end, self.tokens[last].start
        arguments = read_arguments(self.source, self.tokens[first + 1 : last], span)
        for expression in arguments.args:
            raise expression.error("arguments of a dataset are written name=value")
        self.position = last + 1
        return arguments.keywords

    def subsets(self) -> tuple[Expression, ...]:
        first = self.position
        subsets = [self.name("the name of a subset")]
        while not self.takes("}"):
            if not self.takes(","):
                raise self.error("',' or '}' should stand here")
            subsets.append(self.name("the name of a subset", subsets))
        return tuple(map(self.word, self.tokens[first : self.position : 2]))

    def transform(self) -> Expression:
        rest = self.tokens[self.position :]
        self.position = len(self.tokens)
        start = rest[0].start if rest else len(self.source.text)
        return read_expression(self.source, rest, (start, len(self.source.text)))

    def word(self, token: Token) -> Expression:
        span: Span = (token.start, token.end)
        return Expression(Name(span, token.text), self.source, span)

    def name(self, what: str, taken: Sequence[str] = ()) -> str:
        if self.kind() != "name":
            raise self.error(f"{what} should stand here")
        name = self.text()
        if name in taken:
            raise self.error(f"{name!r} is given twice")
        self.position += 1
        return name

    def takes(self, text: str) -> bool:
        found = self.text() == text
        self.position += found
        return found

    def text(self, position: int | None = None) -> str:
        token = self._token(position)
        return token.text if token else ""

    def kind(self, position: int | None = None) -> str:
        token = self._token(position)
        return token.kind if token else ""

    def _token(self, position: int | None) -> Token | None:
        position = self.position if position is None else position
        return self.tokens[position] if position < len(self.tokens) else None

    def error(self, message: str) -> ExpressionError:
        token = self._token(None)
        end = len(self.source.text)
        span: Span = (token.start, token.end) if token else (end, end)
        return self.source.error(message, span)
