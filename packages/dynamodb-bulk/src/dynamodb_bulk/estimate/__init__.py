"""How large a load is, how long each method takes, what it costs, and which method fits."""
