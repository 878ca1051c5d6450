from stm32mp1.registers import Register

def gates() -> list[Register]: ...
def reset_bits() -> list[tuple[int, int, str]]:
    """Who is held in reset by which bit: (offset of the set register, bit, name of the block)."""
