"""A batch file as a table: its rows are edited, checked and sent, and their songs watched."""
