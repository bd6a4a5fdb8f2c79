"""Training: runs, the methods and schedules they follow, the one door that advances them,
and the one rule for their rates.
"""
