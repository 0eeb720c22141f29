"""The agent's desk: brief, live call, wrap-up."""
