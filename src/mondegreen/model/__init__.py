"""Networks in torch, as they are trained; running mondegreen never imports them."""
