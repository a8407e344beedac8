"""
The conversation on a terminal.

``talk`` ties it together: a ``line`` to type at, the ``screen`` above it, and the
conversation itself, which is a service. What arrives goes through ``feed``, which
draws what a person can read and counts the rest; ``painting`` gives it its looks.
``commands`` is the table of slash commands, from which the help, the completion and
the check of what was typed are made; ``actions`` carries them out.

The line is there first: Rich, which the looks need, is imported after the first
prompt has been drawn.
"""
