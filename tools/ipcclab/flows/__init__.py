"""Large flows: bytes to the firmware and back through MCAPI's packet channels and through RPMsg, measured side by side.

What is measured is virtual time and doorbells; what it costs the machine that runs the bench, tools/bench.py says.
"""
