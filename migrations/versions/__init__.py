"""The steps, ``0001_….py`` and on."""
