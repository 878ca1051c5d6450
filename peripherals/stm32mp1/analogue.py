"""The analogue wires of the chip: where the converters' inputs hang on the DAC's outputs and on inner voltages.

What is wired to the pins of a board is a test's business: `Adc.set_channel`.
"""

#: Unit and channel of the ADC that see each output of the DAC: ADC2 inside the chip, and both on PA4 and PA5.
_SEEN_BY = {1: ((2, 16), (1, 18), (2, 18)), 2: ((2, 17), (1, 19), (2, 19))}
#: Typical millivolts inside the chip, by channel of ADC2: temperature sensor at 30 degrees, VREFINT, a quarter of VBAT.
_INNER = {12: 620, 13: 1210, 15: 825}


def wire(dac, adc):
    """From now on the converters find what the DAC puts out, and what the chip's own sources do."""
    if adc is None:
        return
    for channel, millivolts in _INNER.items():
        adc.set_channel(2, channel, millivolts)

    def put(output, millivolts):
        for unit, channel in _SEEN_BY[output]:
            adc.set_channel(unit, channel, millivolts)

    if dac is not None:
        dac.on_output = put
