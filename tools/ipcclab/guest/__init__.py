"""A real Linux in use: what a run of it does, its interactive shell, and its report.

The guest itself, and the files that it boots from, are `mp1bench.guest`.
"""
