"""Sound on the screen: what plays, the line that shows it, and its page."""
