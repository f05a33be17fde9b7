"""A game's folder: the manifests in it say what to draw, `limner.lock` says what was drawn."""
