"""What each verb can be asked: loaded for every `--help`, so nothing here may load a room that works."""
