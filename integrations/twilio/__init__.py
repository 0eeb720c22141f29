"""Twilio as a carrier: calls as conferences, agents in the browser, recordings of the customer's leg, short messages."""
