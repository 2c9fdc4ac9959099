"""What is reached with a browser or by other machines: the officers' pages, probes, metrics, calendar feeds.

``python -m web --host H --port P``. How a new area is added: a module in ``routes/`` with a ``router`` whose routes
declare what they need (:mod:`web.rights`) and answer with :mod:`web.frame`; named in ``routes/__init__.py``; its
entry of the menu in ``frame.MENU``; its English sentences in a file of their own in ``locale/en/LC_MESSAGES``.
"""
