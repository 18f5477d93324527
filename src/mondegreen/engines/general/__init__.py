"""An engine for tasks that no grammar holds: words written down, and a language model on them."""
