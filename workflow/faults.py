"""What may be wrong with a call: each fault is one clear sentence for the officer."""

from __future__ import annotations

from collections.abc import Sequence


class InputFault(Exception):
    """Input that cannot be taken. ``sentences`` holds one sentence per fault, all faults at once."""

    def __init__(self, sentences: str | Sequence[str]) -> None:
        """Take one sentence or several."""
        self.sentences = (sentences,) if isinstance(sentences, str) else tuple(sentences)
        super().__init__("\n".join(self.sentences))


class Refusal(Exception):
    """A step that the law does not allow now: the sentence and the article (条文) it rests on."""

    def __init__(self, sentence: str, article: str) -> None:
        """Keep the sentence and the article apart, so that pages can show the article by itself."""
        self.sentence = sentence
        self.article = article
        super().__init__(f"{sentence}（{article}）")
