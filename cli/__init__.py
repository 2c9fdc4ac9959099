"""The ``yishen`` command: what staff and machines call. Parses, calls a verb, says what came of it."""
