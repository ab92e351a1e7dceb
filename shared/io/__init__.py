"""The thin shells around the pure core: storage, links, clocks, tasks and texts."""
