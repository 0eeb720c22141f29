"""The call on the line: its lifecycle, its attempts, and the agent at the desk."""
