"""AES on one block of 16 bytes, as FIPS 197 defines it, for keys of 128, 192 and 256 bits.

It knows no chaining mode, and takes no care against attackers who measure time.
"""


def added(one, other):
    return [byte ^ other[n] for n, byte in enumerate(one)]


def _double(byte):
    return (byte << 1 ^ (0x11B if byte & 0x80 else 0)) & 0xFF


def _times(byte, factor):
    product = 0
    while factor:
        if factor & 1:
            product ^= byte
        byte, factor = _double(byte), factor >> 1
    return product


def _boxes():
    """The substitution of FIPS 197 section 5.1.1, by powers of the generator 3, and its inverse."""
    powers, value = [], 1
    for _ in range(255):
        powers.append(value)
        value ^= _double(value)
    logarithms = dict((power, n) for n, power in enumerate(powers))
    box, inverse = [0] * 256, [0] * 256
    for byte in range(256):
        value = powers[-logarithms[byte] % 255] if byte else 0
        spread = value * 0x101
        substitute = 0x63
        for turn in range(4, 9):
            substitute ^= spread >> turn & 0xFF
        box[byte], inverse[substitute] = substitute, byte
    return box, inverse


_BOX, _INVERSE = _boxes()
_PRODUCTS = dict((factor, [_times(byte, factor) for byte in range(256)]) for factor in (1, 2, 3, 9, 11, 13, 14))
_MIX, _UNMIX = (2, 3, 1, 1), (14, 11, 13, 9)


def _round_keys(key):
    """The key schedule: 16 bytes for each round."""
    length = len(key) // 4
    words = [list(key[4 * n : 4 * n + 4]) for n in range(length)]
    constant = 1
    for n in range(length, 4 * (length + 7)):
        word = list(words[-1])
        if n % length == 0:
            word = [_BOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _double(constant)
        elif length > 6 and n % length == 4:
            word = [_BOX[byte] for byte in word]
        words.append(added(words[n - length], word))
    return [sum(words[at : at + 4], []) for at in range(0, len(words), 4)]


def _mix(state, factors):
    mixed = []
    for column in range(0, 16, 4):
        for row in range(4):
            byte = 0
            for n in range(4):
                byte ^= _PRODUCTS[factors[(n - row) % 4]][state[column + n]]
            mixed.append(byte)
    return mixed


def encrypt(key, block):
    keys = _round_keys(key)
    state = added(block, keys[0])
    for n, round_key in enumerate(keys[1:], 1):
        state = [_BOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if n < len(keys) - 1:
            state = _mix(state, _MIX)
        state = added(state, round_key)
    return state


def decrypt(key, block):
    keys = _round_keys(key)
    state = added(block, keys[-1])
    for n in range(len(keys) - 2, -1, -1):
        state = [_INVERSE[state[(at - 4 * (at % 4)) % 16]] for at in range(16)]
        state = added(state, keys[n])
        if n:
            state = _mix(state, _UNMIX)
    return state
