"""The book's own workshop: what turns notebooks, data and tests into a book. Not part of the installed package."""
