"""Reviewing: finding calls, hearing and scoring them, and what agents see of it."""
