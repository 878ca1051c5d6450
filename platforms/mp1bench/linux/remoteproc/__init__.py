"""Remote processors (drivers/remoteproc): their life, their firmware, and the STM32MP1's Cortex-M4."""
