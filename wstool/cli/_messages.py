"""Options for messages: how they stand in pipes, arguments and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._files import read_file
from wstool.cli._output import STDIN
from wstool.cli._types import BYTES
from wstool.cli._variables import rank_source
from wstool.errors import InputInvalid
from wstool.phrases import describe_file_error
from wstool.services.pipe import Input
from wstool.streams.framing import Encoding, Framing, make_splitter
from wstool.wire.batch import Batch
from wstool.wire.opcode import Opcode


__all__ = [
    "MessageArguments",
    "binary_option",
    "data_option",
    "input_options",
    "jsonl_option",
    "message_options",
    "output_options",
    "prefer_short",
]


class MessageArguments(NamedTuple):
    """What the options for messages say."""

    input: Framing
    output: Framing
    binary: bool
    encoding: Encoding
    max_input: int

    @property
    def opcode(self) -> Opcode:
        """The kind of messages sent, where the input doesn't say it."""
        return Opcode.BINARY if self.binary else Opcode.TEXT

    def make_input(self) -> Input:
        """Take messages from stdin."""
        splitter = make_splitter(
            self.input,
            opcode=self.opcode,
            encoding=self.encoding,
            max_input=self.max_input,
            source="stdin",
        )
        return Input(STDIN, splitter)

    def make_batches(
        self, messages: Iterable[str], *, name: str, files: bool = False
    ) -> tuple[Batch, ...]:
        """
        Make messages out of arguments.

        Args:
            name: What the arguments are called in errors.
            files: Whether ``@PATH`` stands for a file's content, ``@-`` for stdin's.

        Raises:
            InputInvalid: If one doesn't fit, or a file can't be read.
        """
        batches = []
        for message in messages:
            source, data = name, message.encode(errors="surrogateescape")
            if files and message.startswith("@"):
                source, data = message, self._read_file(message[1:])
            batches.append(self._make_batch(data, source))
        return tuple(batches)

    def _make_batch(self, data: bytes, source: str) -> Batch:
        if not data:
            return Batch(self.opcode, [b""])
        splitter = make_splitter(
            Framing.WHOLE,
            opcode=self.opcode,
            encoding=self.encoding,
            max_input=self.max_input,
            source=source,
        )
        batches = splitter.feed(data) + splitter.finish()
        if splitter.error is not None:
            error = splitter.error
            raise InputInvalid(source, error.problem, offset=error.offset)
        return batches[0]

    def _read_file(self, path: str) -> bytes:
        try:
            return read_file(_STDIN if path == "-" else path, self.max_input + 1)
        except (OSError, ValueError) as error:
            problem = f"can't be read: {describe_file_error(error)}"
            raise InputInvalid(f"@{path}", problem) from error


def message_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for messages; they come as ``messages``."""
    both = [
        _null_option("--input null --output null"),
        jsonl_option("--input jsonl --output jsonl"),
    ]
    fields = ("input_", "output", "null", "jsonl", *_PAYLOAD_FIELDS)
    options = [_INPUT_OPTION, _OUTPUT_OPTION, *both, *_PAYLOAD_OPTIONS]
    add_options(command, options)
    return collect_values(command, "messages", _make, fields)


def input_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add those of them that are for what is sent; they come as ``messages``."""
    fields = ("input_", *_PAYLOAD_FIELDS)
    options = [_INPUT_OPTION, *_PAYLOAD_OPTIONS]
    add_options(command, options)
    return collect_values(command, "messages", _make, fields)


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add those of them that don't concern stdin; they come as ``messages``."""
    both = [_null_option("--output null"), jsonl_option("--output jsonl")]
    fields = ("output", "null", "jsonl", *_PAYLOAD_FIELDS)
    options = [_OUTPUT_OPTION, *both, *_PAYLOAD_OPTIONS]
    add_options(command, options)
    return collect_values(command, "messages", _make, fields)


def _make(
    *,
    input_: str = Framing.LINES.value,
    output: str = Framing.LINES.value,
    null: bool = False,
    jsonl: bool = False,
    binary: bool,
    encoding: str,
    max_input: int,
) -> MessageArguments:
    if null and jsonl:
        null = prefer_short("null", "null", short="jsonl", meaning="") != ""
        jsonl = not null
    if null or jsonl:
        short = "null" if null else "jsonl"
        input_ = prefer_short("input_", input_, short=short, meaning=short)
        output = prefer_short("output", output, short=short, meaning=short)
    return MessageArguments(
        input=Framing(input_),
        output=Framing(output),
        binary=binary,
        encoding=Encoding(encoding),
        max_input=max_input,
    )


def prefer_short(name: str, value: str, *, short: str, meaning: str) -> str:
    """
    Choose between the value of an option and a short form that is given too.

    What stands on the command line goes before variables of the environment, and those
    before a profile.

    Args:
        meaning: What the short form stands for.

    Raises:
        UsageError: If both stand in the same place.
    """
    ctx = click.get_current_context()
    rank, short_rank = rank_source(ctx, name), rank_source(ctx, short)
    if rank == short_rank:
        names = [_SPELLINGS.get(one, f"--{one.rstrip('_')}") for one in (name, short)]
        raise click.UsageError(f"{' and '.join(names)} exclude each other.")
    return value if rank > short_rank else meaning


def _null_option(meaning: str) -> Decorator:
    return option(
        "-0", "--null", group="Messages", is_flag=True, help=f"Same as {meaning}."
    )


def jsonl_option(
    meaning: str = "", *, group: str = "Messages", help_: str = ""
) -> Decorator:
    """Make ``--jsonl``, which is short for something unless the help says more."""
    text = help_ or f"Same as {meaning}."
    return option("--jsonl", group=group, is_flag=True, help=text)


def binary_option(help_: str) -> Decorator:
    """Make ``--binary``."""
    return option("--binary", group="Messages", is_flag=True, help=help_)


def data_option(help_: str) -> Decorator:
    """Make ``-d/--data``."""
    return option(
        "-d",
        "--data",
        group="Messages",
        metavar="MESSAGE|@FILE",
        multiple=True,
        help=help_,
    )


_STDIN = "/dev/stdin"
_SPELLINGS = {"null": "-0/--null"}
_INPUT_OPTION: Decorator = option(
    "--input",
    "input_",
    group="Messages",
    type=click.Choice([framing.value for framing in Framing]),
    default=Framing.LINES.value,
    show_default=True,
    help="How messages are told apart on stdin.",
)
_OUTPUT_OPTION: Decorator = option(
    "--output",
    group="Messages",
    type=click.Choice([f.value for f in Framing if f is not Framing.WHOLE]),
    default=Framing.LINES.value,
    show_default=True,
    help="How messages are told apart on stdout.",
)
_PAYLOAD_FIELDS = ("binary", "encoding", "max_input")
_PAYLOAD_OPTIONS: list[Decorator] = [
    binary_option("Send binary messages, not text."),
    option(
        "--encoding",
        group="Messages",
        type=click.Choice([encoding.value for encoding in Encoding]),
        default=Encoding.RAW.value,
        show_default=True,
        help="How payloads are spelled in arguments, files and pipes.",
    ),
    option(
        "--max-input",
        group="Messages",
        metavar="BYTES",
        type=BYTES,
        default="64M",
        show_default=True,
        help="Send no message over this size.",
    ),
]
