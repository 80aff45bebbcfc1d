"""The sub-commands of ``sportello``, a module for each group that belongs together.

What a command needs is imported when it runs, so that ``sportello --help`` answers at once.
"""
