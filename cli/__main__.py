"""``python -m cli`` is the ``yishen`` command."""

from cli.main import main

main()
