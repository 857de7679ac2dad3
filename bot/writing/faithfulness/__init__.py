"""Whether a text claims only what its source says: numbers, units and names, across English and Chinese."""
