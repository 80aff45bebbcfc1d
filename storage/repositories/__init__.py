"""Queries, one module per aggregate; whoever asks for a customer's thing says for which chat."""
