"""Addresses of ours, for buttons that add the bot somewhere: each platform puts its own in their place, or leaves them out."""

ADD_TO_GROUP = "add:group"
ADD_TO_CHANNEL = "add:channel"
OURS = frozenset({ADD_TO_GROUP, ADD_TO_CHANNEL})
