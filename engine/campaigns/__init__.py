"""Campaigns, leads, and whether a number may be dialled now."""
