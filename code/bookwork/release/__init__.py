"""What a release rests on: where it lives, its versions, links and licences, and the data that ship with it."""
