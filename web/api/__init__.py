"""The interface for other systems (接口, ``/api/v1``): the verbs and the rights of the pages, as JSON.

``callers`` says who asks, and what each route needs · ``problems`` what is answered where something is wrong (RFC 9457)
· ``shapes`` and ``examples`` what is sent and answered · ``once`` what is done once under a key · ``description`` the
whole as OpenAPI · the routes: ``requests``, ``cases``, ``steps``, ``reports``, ``others``.
"""
