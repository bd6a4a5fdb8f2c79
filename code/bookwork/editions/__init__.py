"""The book in other forms: offline, on paper, for a class, and as a card beside a link."""
