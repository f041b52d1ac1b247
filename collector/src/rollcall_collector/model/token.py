"""The words with which devices join the fleet: for how long they are good unless somebody says otherwise."""

TOKEN_DAYS = 14
