"""Real engines that load what the exporters write."""
