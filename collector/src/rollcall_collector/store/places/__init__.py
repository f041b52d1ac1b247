"""Where devices are: moving them, renaming, merging and removing sites, and taking each of that back."""
