"""Pictures in the terminal: what it can show is asked, and what it shows behaves as cells.

A picture is cells of U+10EEEE with two marks, its row and column, in kitty's own way ("Unicode
placeholders"), so that scrolling, dialogs and resizing need nothing special. kitty gets them as
they are; for sixel the layer of the line paints the pixels in their place. `textual-image` isn't
used: it asks the terminal while it is imported, and sends pixels past the cells.
"""
