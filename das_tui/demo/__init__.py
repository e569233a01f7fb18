"""The built-in service: the wire of the cloud on a loopback port, with scripted agents."""
