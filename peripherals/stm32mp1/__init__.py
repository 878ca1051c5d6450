"""Models of the STM32MP1's IPCC and of the blocks around it. They know no engine and import nothing but each other."""
