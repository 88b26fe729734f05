"""What one clip may cost, and what it has cost so far."""

from __future__ import annotations

from clipsaver.thumbnails.errors import MediaTooLarge


class Budget:
    """Requests and bytes for one attempt at one clip, whatever the source."""

    def __init__(self, *, most_requests: int = 200, most_bytes: int = 64 << 20) -> None:
        self.most_requests = most_requests
        self.most_bytes = most_bytes
        self.requests = 0
        """Sent so far, those that failed included."""
        self.bytes_read = 0
        """Of bodies; heads are not counted."""

    def take_request(self, wanted_bytes: int) -> None:
        """Counts a request. Raises MediaTooLarge where it, or what it asks for, is too much."""
        if self.requests >= self.most_requests:
            raise MediaTooLarge(
                f"the file needs more than the {self.most_requests} requests that a clip may cost"
            )
        self.check_bytes(wanted_bytes)
        self.requests += 1

    def check_bytes(self, wanted_bytes: int) -> None:
        """Raises MediaTooLarge where so many more bytes are too much."""
        if self.bytes_read + wanted_bytes > self.most_bytes:
            raise MediaTooLarge(
                f"the file needs more than the {self.most_bytes:,} bytes that a clip may cost"
            )

    def count(self, size_bytes: int) -> None:
        """Counts bytes that have come."""
        self.bytes_read += size_bytes
