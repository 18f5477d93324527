"""What `mondegreen train confidence` does: trials of the grammar engine, and a fit on them."""
