"""Numbers that several figures compute, in Python and in the script to the last digits."""
