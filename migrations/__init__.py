"""The history of the schema: one numbered file a step, the newest named in ``HEAD``."""
