"""What a Linux device can tell."""
