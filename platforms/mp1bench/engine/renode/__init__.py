"""The engine `renode`: Renode executes the Cortex-M4, and everything else is the bench's."""
