"""AWS JSON 1.0: requests and responses, their validation and their errors."""
