"""What a reader should know of a text beyond the text: codes that are kept, and sentences for them."""

from __future__ import annotations

OTHER_LANGUAGE = "other language"
NO_PASSAGE = "no passage"
SPEAKS = "speaks to the model"
ASKS = "asks for links"
HIDDEN = "hidden text"
ENCODED = "encoded text"
TOKENS = "prompt format"

# English sentences, which platforms hand to gettext.
SUSPICIONS = {
    SPEAKS: "The paper speaks to the language model; that was treated as text.",
    ASKS: "The paper asks the language model for links, mentions or commands; it gets none.",
    HIDDEN: "The paper holds text that readers cannot see; the language model was not shown it.",
    ENCODED: "The paper holds an encoded message to the language model; that was treated as text.",
    TOKENS: "The paper imitates a conversation with a language model; that was treated as text.",
}
NOTES = SUSPICIONS | {
    OTHER_LANGUAGE: "Part of this is not in the language that was asked for.",
    NO_PASSAGE: "The passage that this answer stands on was not found in the text.",
}
