"""What Stayline talks to outside itself: one folder per adapter, each answering to a port of the engine."""
