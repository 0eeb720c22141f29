"""Signing in and out, one's own settings, and the administrator's list of people."""
