"""What the libraries add to Robot's own log: a panel inside a keyword that fails, and a report for each suite.

It changes no outcome and no failure text.
"""
