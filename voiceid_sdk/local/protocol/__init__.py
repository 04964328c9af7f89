"""AWS JSON 1.0: what a request and an answer look like, whatever they are about."""
