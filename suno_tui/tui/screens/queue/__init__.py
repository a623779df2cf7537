"""The queue on the screen: the list of tasks, the page of a task, and its dialogs."""
