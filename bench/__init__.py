"""`make bench`: figures beside their goals, measured in one run."""
