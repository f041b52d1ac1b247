"""What devices have in common: how unlike they are, what schools, small models and kinds of failure share."""
