"""PDF: the text of each page, put together to paragraphs again; needs the package pypdf."""

from __future__ import annotations

import io
import logging
import re

from ...errors import DataError, MissingExtra
from .page import MOST_TITLE, Block, Page, one_line

_HYPHEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_PARAGRAPH = re.compile(r"\n\s*\n|(?<=[.!?:])\n(?=[A-Z0-9•])")


def read_pdf(data: bytes, name: str) -> list[Page]:
    """One page whose sections are the PDF's page numbers; DataError where no text can be had."""
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise MissingExtra("reading PDF", "answer") from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError("the PDF asks for a password; save it without one")
        texts = [page.extract_text() or "" for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except DataError:
        raise
    except Exception as error:  # damaged files raise two dozen kinds in there
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"the PDF cannot be read ({reason})") from error
    blocks = [
        Block(line, f"page {number}", f"page={number}")
        for number, text in enumerate(texts, 1)
        for line in map(one_line, _PARAGRAPH.split(_HYPHEN.sub("", text)))
        if line
    ]
    if not blocks:
        raise DataError("the PDF holds pictures and no text; read it with a text recogniser first")
    title = one_line(title)
    return [Page(title if 0 < len(title) <= MOST_TITLE else name, tuple(blocks))]
