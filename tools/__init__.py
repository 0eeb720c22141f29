"""Chores of the project: what the Makefile calls. Nothing of Stayline imports this."""
