"""The proof that a device is an IPCC: every state, every write, compared with a specification made of sets.

Nothing here runs a firmware or a processor: a device is judged by its public interface alone.
"""
