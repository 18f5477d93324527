"""An index on an OpenSearch server, for more passages than one machine takes.

The server chooses passages by words and by meaning; all else is the code that a folder is asked by.
What is sent is checked against the types that the OpenSearch project publishes with its client,
version 3.9.0; no server was at hand to try it on.
"""
