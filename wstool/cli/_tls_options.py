"""Options for TLS."""

from __future__ import annotations

from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Callable

import click

from wstool.cli._collect import Decorator, add_options, collect_values, option
from wstool.cli._variables import refuse_without
from wstool.connection.options import TLSOptions


__all__ = ["make_tls_options", "parse_pin", "tls_options"]

_DIGEST_SIZE = 32
_VERSIONS = ("1.0", "1.1", "1.2", "1.3")


def tls_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for TLS; they come as ``tls``."""
    add_options(command, _OPTIONS)
    return collect_values(command, "tls", make_tls_options, _FIELDS)


def make_tls_options(
    *,
    insecure: bool = False,
    cacert: str | None = None,
    cert: str | None = None,
    key: str | None = None,
    passphrase: str | None = None,
    tls_server_name: str | None = None,
    pin_sha256: tuple[bytes, ...] = (),
    tls_min: str | None = None,
    tls_max: str | None = None,
) -> TLSOptions:
    """
    Make the options for TLS of what was given.

    A passphrase that is missing is asked for now: only once, and not while an attempt
    to connect waits for it.

    Raises:
        UsageError: If they don't fit together, or there is no terminal to ask on.
        Stopped: If a signal came instead of an answer.
    """
    if key is not None and cert is None:
        raise click.UsageError("--key needs --cert.")
    if cert is None and passphrase is not None:
        refuse_without("--cert", ["passphrase"])
    if tls_min is not None and tls_max is not None and tls_min > tls_max:
        raise click.UsageError(f"--tlsv{tls_min} is over --tls-max {tls_max}.")
    give = None
    if cert is not None:
        give = _make_passphrase(key or cert, passphrase)
    return TLSOptions(
        insecure=insecure,
        cacert=cacert,
        cert=cert,
        key=key,
        passphrase=give,
        server_name=tls_server_name,
        pins=pin_sha256,
        minimum=tls_min,
        maximum=tls_max,
    )


def parse_pin(text: str) -> bytes:
    """
    Parse the digest of a public key: base64, as in curl's ``sha256//...``, or hex.

    Raises:
        BadParameter: If it isn't one.
    """
    digest = text.removeprefix("sha256//").strip()
    hexadecimal = digest.replace(":", "")
    try:
        if len(hexadecimal) == 2 * _DIGEST_SIZE:
            return bytes.fromhex(hexadecimal)
        padding = "=" * (-len(digest) % 4)
        pin = a2b_base64(digest + padding, strict_mode=True)
    except (BinasciiError, ValueError):
        pin = b""
    if len(pin) != _DIGEST_SIZE:
        problem = f"{text!r} isn't a SHA-256 in base64 or hex."
        raise click.BadParameter(problem)
    return pin


def _make_passphrase(path: str, given: str | None) -> Callable[[], str] | None:
    """Make what gives the passphrase of a key; None if it needs none."""
    from wstool.cli._secrets import ask, read_secret

    if given is not None:
        return lambda: read_secret(given)
    from wstool.connection.client_certificate import is_encrypted, read_pem

    if not is_encrypted(read_pem(path)):
        return None
    answer = ask(f"Passphrase for {path}", instead="--pass @FILE or WSTOOL_PASS")
    return lambda: answer


def _parse_pins(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[bytes, ...]:
    return tuple(parse_pin(pin) for value in values for pin in value.split(";"))


def _parse_name(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> str | None:
    """Give a name as a certificate would hold it; addresses without brackets."""
    if value is None:
        return None
    name = value.removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        name = name.encode("idna").decode()
    except UnicodeError:
        name = ""
    # RFC 1035, 2.3.4: 255 bytes in the protocol are 253 characters here.
    if not 0 < len(name) <= 253 or name[0] == "." or not name.isprintable():
        raise click.BadParameter(f"{value!r} isn't a host name or an address.")
    return name


def _version_option(name: str) -> Decorator:
    version = name.removeprefix("--tlsv")
    weak = version < "1.2"
    return option(
        name,
        "tls_min",
        group="TLS",
        flag_value=version,
        help=f"Speak TLS {version} or newer{', also weak ciphers' if weak else ''}.",
    )


_FIELDS = (
    "insecure",
    "cacert",
    "cert",
    "key",
    "passphrase",
    "tls_server_name",
    "pin_sha256",
    "tls_min",
    "tls_max",
)
_OPTIONS: list[Decorator] = [
    option(
        "-k",
        "--insecure",
        group="TLS",
        is_flag=True,
        help="Accept any TLS certificate.",
    ),
    option(
        "--cacert",
        group="TLS",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Trust the certification authorities in a PEM file, not the system's.",
    ),
    option(
        "--cert",
        group="TLS",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Present the certificate in a PEM file, with its chain and key.",
    ),
    option(
        "--key",
        group="TLS",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Take the certificate's key from this PEM file.",
    ),
    option(
        "--pass",
        "passphrase",
        group="TLS",
        metavar="PHRASE|@FILE",
        help="Passphrase of the key; asked for on the terminal if missing.",
    ),
    option(
        "--tls-server-name",
        group="TLS",
        metavar="NAME",
        callback=_parse_name,
        help="Ask for the certificate of NAME (SNI), and check it for NAME.",
    ),
    option(
        "--pin-sha256",
        group="TLS",
        metavar="HASH",
        multiple=True,
        callback=_parse_pins,
        help="Accept only this public key, by its SHA-256 in base64 or hex. "
        "Repeatable.",
    ),
    _version_option("--tlsv1.0"),
    _version_option("--tlsv1.1"),
    _version_option("--tlsv1.2"),
    _version_option("--tlsv1.3"),
    option(
        "--tls-max",
        group="TLS",
        metavar="VERSION",
        type=click.Choice(_VERSIONS),
        help="Speak TLS up to this version: 1.0, 1.1, 1.2 or 1.3.",
    ),
]
