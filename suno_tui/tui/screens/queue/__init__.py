"""The queue on the screen: a row a task, and everything known about one."""
