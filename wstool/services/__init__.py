"""
What the tool does: options in, results and callbacks out.

Each service is a use of the shared core: ``pipe`` moves messages between a connection
and standard streams, ``hub`` serves, ``inspector`` shows frames, ``interactive`` talks
with a person, ``estimate`` makes capacity plans. Services know asyncio but no sockets,
and neither words nor colours of the command line. They don't import one another.
"""
