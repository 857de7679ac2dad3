"""How much each sign weighs; found by `python -m benchmarks.relevance --tune`."""

# Of a logistic regression over the labelled topics: a sum of 0 is even odds, and the least that is filed.
WEIGHTS = {
    "title": 3.74,
    "title_more": 0.54,
    "kinds": 1.69,
    "spread": 1.72,
    "early": 0.50,
    "both": -1.93,
    "title_hints": 0.17,
    "unnamed": -2.75,
    "unnamed_hints": 0.63,
    "near_title": 0.26,
    "near_sentence": 0.30,
    "unnamed_near_title": 0.12,
    "unnamed_near_text": 0.45,
    "constant": -1.87,
}
