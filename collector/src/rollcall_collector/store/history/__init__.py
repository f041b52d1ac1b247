"""What judging and planning read: the fleet, its record, one device's facts."""
