"""For Sphinx: the extensions that make the pages what they are."""
