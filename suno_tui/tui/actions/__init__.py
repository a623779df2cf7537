"""Actions: what keys do.

`table` lists all actions with their ids, default keys and texts; `keymap` adds the user's own keys;
`dispatcher` finds which object does an action here; `footer` shows the keys that work here.

An action id is public (`[keymap]`). An offer is an action and the object that does it. A chord is a
key that works inside text too.
"""
