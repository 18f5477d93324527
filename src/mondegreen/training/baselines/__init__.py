"""Small models that studies train on every rung."""
