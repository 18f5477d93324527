"""Networks in torch: those that are trained, and sentence encoders, which are loaded by name.

Running mondegreen never imports them unless it is asked for such an encoder.
"""
