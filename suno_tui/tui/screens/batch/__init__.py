"""A batch file as a table: to edit, check and send its rows, and to watch their songs."""
