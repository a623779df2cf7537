"""The main screen: header, three panes, the player's line and the line of keys."""
