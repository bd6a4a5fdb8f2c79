"""What shows that the book is right: claims and their ledger, notebooks, scripts, and mutants that tests must catch."""
