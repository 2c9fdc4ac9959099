"""What the form of official documents (GB/T 9704-2012) says in words and numbers that any writer needs."""

from __future__ import annotations

from datetime import date


def day(of: date) -> str:
    """A day as official documents print it: Arabic digits without padding."""
    return f"{of.year}年{of.month}月{of.day}日"


def signature_indents(agency: str, issued: date) -> tuple[float, float]:
    """How many characters stand free to the right of the agency's name and of the day under it.

    The day four, the name centred over it (GB/T 9704); a name too long for that moves the day to the left.
    """
    digits = sum(character.isdigit() for character in day(issued))
    day_width = len(day(issued)) - digits / 2
    free = max(4.0, (len(agency) - day_width) / 2)
    return free + (day_width - len(agency)) / 2, free
