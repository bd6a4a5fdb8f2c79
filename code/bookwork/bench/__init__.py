"""What things cost: the engine, the Keras layers, the frames of the live figures, the pages."""
