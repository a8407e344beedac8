"""
What a server shows to browsers, monitors and proxies: the HTTP side of ``serve``.

``site`` finds the answer to a request; ``page``, ``metrics`` and ``static`` make those
that need more than a line. No answer makes a browser ask anybody else for anything.
"""
