"""Customers: what is known of them, who may see it, and how it comes in from files."""
