"""What the long runs share: servers, stand-ins for what they talk to, measurements, a table of results."""
