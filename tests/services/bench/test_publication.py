"""What publishers tell subscribers in other processes."""

from __future__ import annotations

import os

from wstool.services.bench.publication import Publication


def test_shared():
    """A process that is forked later sees what is counted, and the end."""
    publication = Publication()
    publication.add()
    child = os.fork()
    if not child:
        publication.add()
        publication.end()
        os._exit(publication.count)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 2
    assert (publication.count, publication.is_over) == (2, True)
