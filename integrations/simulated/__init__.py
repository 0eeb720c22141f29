"""The simulated carrier: a process that plays phone calls to test numbers, and the adapter that speaks to it. It rings nobody."""
