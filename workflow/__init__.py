"""Verbs: what the law allows, the clock that counts it, and the one door through which a case changes."""
