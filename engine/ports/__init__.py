"""What Stayline does not own and talks to through a narrow door: a carrier, a recording store, a message sender, the operator's records."""
