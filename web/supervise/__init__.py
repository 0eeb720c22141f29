"""The supervisor's page of calls under way, and a supervisor's ear in one of them."""
