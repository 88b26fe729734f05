"""What `clipsaver purge` and `privacy optout` do: choose, count, ask, delete and prove."""
