"""The sub-commands of ``sportello``, grouped into modules by subject.

A command imports what it needs when it runs, so that ``sportello --help`` answers at once.
"""
