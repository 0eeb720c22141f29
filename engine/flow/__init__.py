"""The guided flow: what a trainer wrote, read, checked, published, and walked during a call."""
