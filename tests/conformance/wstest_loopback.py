"""
Run wstest with every listening socket bound to the loopback interface.

This runs under Python 2.7. The original, as a fuzzing server, listens on all
interfaces whatever the host in its URL; nothing of it is changed on disk.
"""

import warnings


warnings.filterwarnings("ignore")

# The reactor is installed by this import, so it comes before Twisted's.
from autobahntestsuite import wstest  # noqa: E402
from twisted.internet import reactor  # noqa: E402


listen_anywhere = reactor.listenTCP


def listen_on_loopback(port, factory, backlog=50, interface=""):
    """Listen as the reactor does, with the loopback interface as the default."""
    return listen_anywhere(port, factory, backlog, interface or "127.0.0.1")


reactor.listenTCP = listen_on_loopback
wstest.run()
