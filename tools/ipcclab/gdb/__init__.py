"""GDB's remote serial protocol for the Cortex-M4 ("Debugging with GDB", appendix E): see `server.py`."""
