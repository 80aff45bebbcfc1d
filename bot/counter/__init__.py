"""Handling of updates: arrivals, turns (one transaction each, no sending), answers, pace."""
