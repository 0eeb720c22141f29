"""What happened on a call: a closed catalogue of past-tense facts, kept in order, never changed."""
