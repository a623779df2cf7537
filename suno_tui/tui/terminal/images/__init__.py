"""Pictures in the terminal: kitty, sixel, or half blocks.

A picture is a block of cells: U+10EEEE with two marks for its row and column (kitty's "Unicode
placeholders"), so that scrolling, dialogs and resizing need no special case. kitty gets these cells
as they are; for sixel, `cell_diff` paints pixels in their place. `textual-image` is not used,
because it queries the terminal on import and sends pixels that bypass the cells.

Words: `gallery` holds the pictures by number; a `Spot` is one cell of a picture, a `Piece` a
rectangle of them; `capabilities` asks the terminal what it can show.
"""
