"""Uploaded files are kept in memory up to a bound, whoever sends them.

A form is read before it is known who sends it, since its token stands in it. Django's own handlers
would write a file of any size to the disk for that.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

# Of all files of one request together. What a page takes at most, and a little more.
MOST_BYTES = 10 * 1024 * 1024


class BoundedUploads(FileUploadHandler):
    """Keep what fits. A file that does not is empty and has its true size: pages refuse by it."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._left = MOST_BYTES
        self._content = BytesIO()

    def new_file(self, *arguments: Any, **named: Any) -> None:
        super().new_file(*arguments, **named)
        self._content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._left -= len(raw_data)
        if self._left >= 0:
            self._content.write(raw_data)
        else:
            self._content = BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )
