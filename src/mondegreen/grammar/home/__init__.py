"""The user's own home: its areas, floors and devices by name, and how grammars take them in."""
