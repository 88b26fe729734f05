"""Where pictures are kept: a folder, or a bucket of what speaks S3. Both have the same keys.

`put` stores a whole picture or none. Whether there is space, permission and an answer is told by
StorageFull, StorageDenied and StorageUnavailable, which say what to do.
"""

from clipsaver.thumbnails.storage.keys import SIZES, key_of
from clipsaver.thumbnails.storage.opening import S3Access, Storage, open_storage, open_to_delete

__all__ = ["SIZES", "S3Access", "Storage", "key_of", "open_storage", "open_to_delete"]
