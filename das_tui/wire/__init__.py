"""The wire: bytes to frames to events, requests, signatures, and the only sockets."""
