"""The simulator: its pure parts, and the whole over real sockets."""
