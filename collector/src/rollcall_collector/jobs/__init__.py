"""What runs by itself: judging, cleaning up, backing up."""
