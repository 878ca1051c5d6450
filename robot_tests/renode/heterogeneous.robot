*** Settings ***
Documentation    Both processors of the STM32MP157 in one machine of plain Renode, with one IPCC between them.

Resource         renode.resource

Suite Setup      Setup
Test Setup       Make Both Processors

Test Tags        heterogeneous


*** Variables ***
# Of the GIC, for the interrupts from 128 on: RX0 is 132, TX0 is 133.
${PENDING_IN_GIC}    0xA0021210
${RX0}               ${0x00000010}
${TX0}               ${0x00000020}

# In the order in which the program comes to them; it makes more.
@{CLAIMS}            the M4 is held before BOOT_MCU lets it go
...                  released, the M4 asks on CH5: RX0
...                  50 requests on CH5 are answered, and 50 questions asked in turn
...                  each answer frees CH5: one TX0
...                  each question occupies CH5: one RX0
...                  the M4 finds no answer wrong
...                  50 requests and texts at once, on CH5 and CH6
...                  masked, the answer on CH6 is a flag only
...                  unmasked, the occupied channel interrupts at once: RX0
...                  unmasked, the free channel interrupts at once: TX0
...                  reset, the M4 is held again
...                  and the IPCC keeps its flags
...                  released again, the M4 asks its first question again
...                  no stray interrupt


*** Test Cases ***
Should Exchange Signals Between Two Programs
    [Documentation]    The Cortex-A7 releases the Cortex-M4 and drives its image by interrupts, in both directions.
    [Setup]    Boot Both Processors
    Program Should Pass

Should Exchange Signals Again After A Reset
    [Setup]    Boot Both Processors
    Wait For Line On Uart    passed: each answer frees CH5: one TX0
    Execute Command    machine Reset
    Program Should Pass

Should Find Fault Without A Partner
    [Documentation]    The Cortex-M4 has no image, so nobody answers.
    Execute Command    sysbus LoadELF @${IMAGES}/a7/signals_a7.elf cpu=sysbus.cpuA7
    Create Terminal Tester    sysbus.uart4    timeout=1    defaultPauseEmulation=true
    Wait For Line On Uart    FAILED: released, the M4 asks on CH5: RX0

Should Drive Interrupts 132 And 133 Of The GIC
    Write Register    C1CR    ${ENABLE_BOTH}
    Write Register    C2SCR    0x00010000
    Pending In Gic Should Be    0
    Write Register    C1MR    0xFFFFFFFE
    Pending In Gic Should Be    ${RX0}
    Write Register    C1MR    0xFFFEFFFE
    Pending In Gic Should Be    ${{ $RX0 | $TX0 }}
    Write Register    C1SCR    0x00010001
    Pending In Gic Should Be    0

Should Not Drive The GIC By The Lines Of Processor 2
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C2MR    ${UNMASK_ALL}
    Write Register    C1SCR    0x00010000
    Pending In Gic Should Be    0


*** Keywords ***
Make Both Processors
    [Documentation]    Without images; the Cortex-M4 waits for the Cortex-A7 to let it go.
    Reset Emulation
    Execute Command    include @${PLATFORMS}/stm32mp1.cs
    Execute Command    mach create "mp1"
    Execute Command    machine LoadPlatformDescription @${PLATFORMS}/stm32mp157_a7.repl

Boot Both Processors
    [Documentation]    The Cortex-A7's program reports on UART4.
    Reset Emulation
    Execute Command    $elf=@${IMAGES}/ipcc_signals.elf
    Execute Command    $a7=@${IMAGES}/a7/signals_a7.elf
    Execute Command    include @${PLATFORMS}/stm32mp157_a7.resc
    Create Terminal Tester    sysbus.uart4    timeout=1    defaultPauseEmulation=true

Program Should Pass
    [Documentation]    From its first claim to its last line.
    FOR    ${claim}    IN    @{CLAIMS}
        Wait For Line On Uart    passed: ${claim}
    END
    Wait For Line On Uart    signals_a7: passed (\\d+) of \\1    treatAsRegex=true

Pending In Gic Should Be
    [Documentation]    An interrupt is pending for as long as its line is high.
    [Arguments]    ${expected}
    ${pending} =    Execute Command    sysbus ReadDoubleWord ${PENDING_IN_GIC} cpuA7
    Should Be Equal As Integers    ${pending.strip()}    ${expected}
