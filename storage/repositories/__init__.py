"""Queries, one module per aggregate; access control by chat is part of each query."""
