"""The Godot addon: its scripts read by gdtoolkit, and run in Godot 4.6 itself."""
