"""What every figure shares: its class, its controls, its scripts in one, the page around it."""
