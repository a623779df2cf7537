"""The dialogs that set providers up: list, add, change, check and choose them."""
