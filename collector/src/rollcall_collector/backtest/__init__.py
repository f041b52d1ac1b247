"""What the lists would have been worth: judges past days by a record and compares with what followed."""
