"""What may be wrong with a call: each fault is one clear sentence for the officer."""

from __future__ import annotations

from collections.abc import Sequence


class InputFault(Exception):
    """Input that cannot be taken. ``sentences`` holds one sentence per fault, all faults at once."""

    def __init__(self, sentences: str | Sequence[str]) -> None:
        """Take one sentence or several."""
        self.sentences = (sentences,) if isinstance(sentences, str) else tuple(sentences)
        # Handed on as given, so that the fault can be pickled and reach another process.
        super().__init__(self.sentences)

    def __str__(self) -> str:
        """All sentences, a line each."""
        return "\n".join(self.sentences)


class Refusal(Exception):
    """A step that the law does not allow now: the sentence and the article (条文) it rests on."""

    def __init__(self, sentence: str, article: str) -> None:
        """Keep the sentence and the article apart, so that pages can show the article by itself."""
        self.sentence = sentence
        self.article = article
        super().__init__(sentence, article)

    def __str__(self) -> str:
        """The sentence with its article, unless it ends in one."""
        told = self.sentence.rstrip("。")
        return told if told.endswith(f"（{self.article}）") else f"{told}（{self.article}）"


class Outdated(InputFault):
    """Somebody else did a step with the case after it was looked at: it is to be looked at again first."""
