"""What people entered on a page in the place of the settings file: each change with its author, and its undo."""
