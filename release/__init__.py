"""What turns the project into archives that can be carried to a server and to devices."""
