"""Local Voice ID over HTTP: the application, the server, access and the control API."""
