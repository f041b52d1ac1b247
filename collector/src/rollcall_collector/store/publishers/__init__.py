"""Who speaks for which devices: publishers, tokens, what bridges know devices by, and copies of one."""
