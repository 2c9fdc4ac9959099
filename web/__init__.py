"""What is reached with a browser or by other machines: the status page, probes, metrics, calendar feeds.

``python -m web --host H --port P``. The officers' pages are yet to come; see docs/architecture.md.
"""
