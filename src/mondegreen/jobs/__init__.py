"""Long work: in parallel, resumable, shown; files that appear whole, and seeds."""
