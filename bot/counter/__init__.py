"""The way of an update: arrivals, turns (one transaction each, no sending), answers, pace."""
