"""Serving: one process that many listen and speak to, over HTTP, WebSocket and Wyoming."""
