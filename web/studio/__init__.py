"""The studio: where trainers write, check, rehearse and publish call flows."""
