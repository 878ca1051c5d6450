*** Settings ***
Documentation    The IPCC's registers and flags in plain Renode, through accesses of the bus.
...
...              The bus does not tell who accesses, and the IPCC does not ask: either processor reaches both banks.

Resource         renode.resource

Suite Setup      Setup
Test Setup       Start Afresh

Test Tags        registers


*** Test Cases ***
Should Have Reset Values
    [Template]    Register Should Be
    C1CR    0x00000000
    C1MR    0xFFFFFFFF
    C1SCR    0x00000000
    C1TOC2SR    0x00000000
    C2CR    0x00000000
    C2MR    0xFFFFFFFF
    C2SCR    0x00000000
    C2TOC1SR    0x00000000

Should Identify Itself As The Mailbox Of A STM32MP15
    [Documentation]    Linux prints the first two on a board: "ipcc rev:1.0 enabled, 6 chans".
    [Template]    Register Should Be
    HWCFGR    0x00000006
    VERR    0x00000010
    IPIDR    0x00100071
    SIDR    0xA3C5DD01

Should Keep Enables And Masks And No Reserved Bit
    [Template]    Register Should Keep
    C1CR    0xFFFFFFFF    0x00010001
    C1CR    0xFFFEFFFF    0x00000001
    C1CR    0xFFFFFFFE    0x00010000
    C1MR    0x00000000    0xFFC0FFC0
    C1MR    0x00150020    0xFFD5FFE0
    C2CR    0xFFFFFFFF    0x00010001
    C2CR    0xFFFEFFFF    0x00000001
    C2CR    0xFFFFFFFE    0x00010000
    C2MR    0x00000000    0xFFC0FFC0
    C2MR    0x002A0001    0xFFEAFFC1

Should Occupy And Free Each Channel Of Each Direction
    FOR    ${n}    IN RANGE    6
        Write Register    C1SCR    ${{ 1 << 16 + $n }}
        Flags Should Be    ${{ 1 << $n }}    0
        Write Register    C2SCR    ${{ 1 << $n }}
        Flags Should Be    0    0
        Write Register    C2SCR    ${{ 1 << 16 + $n }}
        Flags Should Be    0    ${{ 1 << $n }}
        Write Register    C1SCR    ${{ 1 << $n }}
        Flags Should Be    0    0
    END

Should Set And Clear Any Mix In One Write
    Write Register    C2SCR    0x00150000
    Write Register    C1SCR    0x002A0005
    Flags Should Be    0x2A    0x10

Should Not Free A Channel By Its Sender
    Write Register    C1SCR    ${SET_ALL}
    Write Register    C1SCR    ${CLEAR_ALL}
    Flags Should Be    0x3F    0
    Write Register    C2SCR    0x003F003F
    Write Register    C2SCR    ${CLEAR_ALL}
    Flags Should Be    0    0x3F

Should Not Count Signals
    [Documentation]    Two signals on a channel are one; a free channel can be freed.
    Write Register    C1SCR    0x00040000
    Write Register    C1SCR    0x00040000
    Flags Should Be    0x04    0
    Write Register    C2SCR    0x00000004
    Write Register    C2SCR    0x00000004
    Flags Should Be    0    0

Should Read SCR As Zero
    [Documentation]    Linux and ST's HAL read it and write it back with one more bit: nothing may happen twice.
    Write Register    C1SCR    0x00030000
    Register Should Be    C1SCR    0x00000000
    Write Register    C2SCR    0x00300001
    Register Should Be    C2SCR    0x00000000
    Flags Should Be    0x02    0x30

Should Ignore Zeros And Channels That It Does Not Have
    Write Register    C1SCR    ${SET_ALL}
    FOR    ${register}    IN    C1SCR    C2SCR
        Write Register    ${register}    0x00000000
        Write Register    ${register}    0xFFC0FFC0
    END
    Flags Should Be    0x3F    0

Should Not Let Status And Identification Be Written
    [Documentation]    And a word between them is reserved.
    Write Register    C1SCR    0x00150000
    Write Register    C2SCR    0x002A0000
    FOR    ${register}    ${value}    IN
    ...    C1TOC2SR    0x15    C2TOC1SR    0x2A    HWCFGR    0x6    VERR    0x10    IPIDR    0x00100071
    ...    SIDR    0xA3C5DD01
        Write Register    ${register}    0xFFFFFFFF
        Register Should Be    ${register}    ${value}
        Write Register    ${register}    0x00000000
        Register Should Be    ${register}    ${value}
    END
    Write Word    0x4C001020    0xFFFFFFFF
    Word Should Be    0x4C001020    0x0

Should Take Accesses Of Whole Words Only
    [Documentation]    The reference manual forbids others and does not say what they do: nothing, here.
    FOR    ${width}    IN    Byte    Word
        Execute Command    sysbus Write${width} 0x4C001008 0x3F
        Execute Command    sysbus Write${width} 0x4C00100A 0x3F
        Execute Command    sysbus Write${width} 0x4C001010 0x1
        ${low} =    Execute Command    sysbus Read${width} 0x4C001014
        Should Be Equal As Integers    ${low.strip()}    0
    END
    Flags Should Be    0    0
    Register Should Be    C2CR    0x00000000

Should Forget Everything On Reset
    Write Register    C1CR    ${ENABLE_BOTH}
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C1MR    ${UNMASK_ALL}
    Write Register    C2MR    ${UNMASK_ALL}
    Write Register    C1SCR    ${SET_ALL}
    Write Register    C2SCR    ${SET_ALL}
    Execute Command    machine Reset
    Flags Should Be    0    0
    FOR    ${n}    IN    1    2
        Register Should Be    C${n}CR    0x00000000
        Register Should Be    C${n}MR    ${MASK_ALL}
    END


*** Keywords ***
Register Should Keep
    [Documentation]    What a write leaves.
    [Arguments]    ${register}    ${written}    ${kept}
    Write Register    ${register}    ${written}
    Register Should Be    ${register}    ${kept}
