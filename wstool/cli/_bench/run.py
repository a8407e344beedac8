"""Running a bench: from the options to the report."""

from __future__ import annotations

import os
import platform
import time

from wstool import __version__
from wstool.cli._bench.conduct import Plan, conduct
from wstool.cli._bench.fitting import refuse_idle_options
from wstool.cli._bench.options import LoadArguments
from wstool.cli._bench.output import Judge, put_out
from wstool.cli._bench.progress import Progress
from wstool.cli._bench.server import start_server
from wstool.cli._client import make_note
from wstool.cli._measuring import render_target
from wstool.cli._options import ClientArguments
from wstool.connection.options import ProxyOptions
from wstool.errors import WstoolError
from wstool.services.bench import Load, Supply
from wstool.services.bench.report import Document, add_runs, make_document
from wstool.streams.jsonl import render_time
from wstool.traffic.profiles import Profile
from wstool.wire.uri import WebSocketURI, parse_uri


__all__ = ["describe_run", "run_bench"]


def run_bench(
    url: WebSocketURI | None,
    arguments: LoadArguments,
    client: ClientArguments,
    *,
    repeat: int,
    start_at: float | None,
    reports: tuple[str, ...],
    conditions: tuple[str, ...],
) -> None:
    """
    Run a bench, and put its result out.

    Raises:
        WstoolError: What kept it from measuring; ExpectationFailed if a condition
            says so, or the bar of a profile isn't reached.
    """
    judge = Judge(conditions, reports)
    refuse_idle_options(
        arguments.make_kind(), profile=arguments.profile, rate=arguments.rate
    )
    supply, pace = arguments.make_supply()
    load = arguments.make_load(client, pace)
    server = None
    if url is None:
        server, text = start_server(load.kind, supply)
        make_note(client)(f"no URL given, so this measures a server of its own: {text}")
        url = parse_uri(text)
        # Our own server is on this host, where no proxy can be asked to connect to.
        route = client.route._replace(proxy=ProxyOptions(proxy=""))
        client = client._replace(route=route)
    workers = min(arguments.workers, load.connections)
    plan = Plan(url, client, load, supply, workers, start_at)
    try:
        document, ended = _run_all(plan, repeat, arguments.found_profile)
    finally:
        if server is not None:
            server.end()
    put_out(document, reports)
    if ended is not None:
        raise ended
    judge.check(document)


def _run_all(
    plan: Plan, repeat: int, profile: Profile | None
) -> tuple[Document, WstoolError | None]:
    """Run a plan several times; what was measured before a stop counts."""
    documents: list[Document] = []
    ended: WstoolError | None = None
    while len(documents) < repeat and ended is None:
        started = render_time(time.time())
        progress = Progress(plan.load, quiet=plan.client.quiet)
        try:
            tally, ended = conduct(plan, progress.show)
        finally:
            progress.clear()
        facts = _list_facts(plan, started, profile)
        model = "closed" if plan.load.rate is None else "open"
        documents.append(make_document(tally, plan.load.kind, facts, loops=model))
        plan = plan._replace(start_at=None)
    document = add_runs(documents)
    if profile is not None:
        document["verdict"] = _judge(document, profile)
    return document, ended


def _list_facts(plan: Plan, started: str, profile: Profile | None) -> Document:
    target = render_target(plan.uri)
    facts = describe_run(plan.load, plan.supply, target=target, started=started)
    facts["load"] = {
        **facts["load"],
        "workers": plan.workers,
        "profile": None if profile is None else profile.name,
    }
    return facts


def describe_run(load: Load, supply: Supply, *, target: str, started: str) -> Document:
    """Describe what is run, when and where."""
    return {
        "wstool": __version__,
        "target": target,
        "started": started,
        "load": {
            **_describe_load(load),
            "size": _describe_size(load, supply),
            "opcode": supply.opcode.name.lower(),
        },
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def _describe_load(load: Load) -> Document:
    names = ("connections", "publishers", "duration", "limit", "depth", "rate", "drain")
    fields = load._asdict()
    return {name: fields[name] for name in names}


def _describe_size(load: Load, supply: Supply) -> str:
    sizes = [len(payload) for payload in supply.payloads]
    low, high = min(sizes), max(sizes)
    return str(low) if low == high else f"{low}-{high}"


def _judge(document: Document, profile: Profile) -> Document:
    """Judge by the bar of a profile: all delivered, and in time."""
    latency = document["latency"]
    name = f"p{profile.percentile:g}"
    limit = profile.limit * 1000
    errors = sum(error["times"] for error in document["errors"])
    if latency is None:
        return {"passed": False, "text": "nothing was delivered"}
    got = latency["percentiles_ms"][f"{profile.percentile:g}"]
    passed = got <= limit and not errors
    word = "good enough" if passed else "not good enough"
    text = f"{word}: {name} {got:.3g} ms, the bar is {limit:.3g} ms"
    if errors:
        text += f"; {errors} errors, the bar is none"
    return {"passed": passed, "text": text}
