"""What pages read of the whole fleet, kept beside the facts so that no page counts them; README.md says how."""
