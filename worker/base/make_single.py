# SPDX-License-Identifier: ISC
"""Writes the single-byte code pages as C, at build time: what glibc's iconv says of each
byte, and Python of the pages that glibc lacks.

usage: make_single.py OUTPUT"""
import ctypes
import sys

ICONV = """
ASCII ASMO_449 CP737 CP775 CP874 CP1250 CP1251 CP1252 CP1253 CP1254 CP1256 CP1257
CP437 CP850 CP852 CP855 CP857 CP858 CP860 CP861 CP862 CP863 CP864 CP865 CP866 CP869
DIN_66003 SEN_850200_B NS_4551-1
IBM037 IBM273 IBM277 IBM278 IBM280 IBM284 IBM285 IBM290 IBM297 IBM420 IBM423 IBM424 IBM500
IBM870 IBM871 IBM875 IBM880 IBM905 IBM1025 IBM1026 IBM1047 IBM1140 IBM1141 IBM1142 IBM1143
IBM1144 IBM1145 IBM1146 IBM1147 IBM1148 IBM1149 IBM9030
ISO-8859-1 ISO-8859-2 ISO-8859-3 ISO-8859-4 ISO-8859-5 ISO-8859-6 ISO-8859-7 ISO-8859-8
ISO-8859-9 ISO-8859-10 ISO-8859-11 ISO-8859-13 ISO-8859-14 ISO-8859-15 ISO-8859-16
KOI8-R KOI8-U MAC-CENTRALEUROPE MAC-CYRILLIC MAC-IS MAC-UK MACINTOSH
""".split()
PYTHON = {
    "CP720": "cp720", "MAC-ARABIC": "mac_arabic", "MAC-CROATIAN": "mac_croatian",
    "MAC-GREEK": "mac_greek", "MAC-ROMANIAN": "mac_romanian", "MAC-TURKISH": "mac_turkish",
}
NONE = 0xFFFF


def opened(libc, name):
    cd = libc.iconv_open(b"UTF-32LE", name.encode())
    if cd == ctypes.c_void_p(-1).value:
        sys.exit(f"make_single.py: iconv knows no {name}: glibc's gconv modules are missing")
    return cd


def by_iconv(libc, name):
    cd, row = opened(libc, name), []
    for byte in range(256):
        data = ctypes.create_string_buffer(bytes([byte]), 1)
        room = ctypes.create_string_buffer(16)
        source = ctypes.cast(data, ctypes.c_void_p)
        to = ctypes.cast(room, ctypes.c_void_p)
        left, space = ctypes.c_size_t(1), ctypes.c_size_t(16)
        libc.iconv(cd, None, None, None, None)
        done = libc.iconv(cd, ctypes.byref(source), ctypes.byref(left), ctypes.byref(to),
                          ctypes.byref(space))
        whole = done != ctypes.c_size_t(-1).value and space.value == 12
        row.append(int.from_bytes(room.raw[:4], "little") if whole else NONE)
    libc.iconv_close(cd)
    return row


def by_python(codec):
    text = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    return [NONE if c == "\ufffd" else ord(c) for c in text]


def main():
    libc = ctypes.CDLL(None)
    libc.iconv_open.restype = ctypes.c_void_p
    libc.iconv.restype = ctypes.c_size_t
    libc.iconv.argtypes = [ctypes.c_void_p] * 5
    libc.iconv_close.argtypes = [ctypes.c_void_p]
    rows = {name: by_iconv(libc, name) for name in ICONV}
    rows |= {name: by_python(codec) for name, codec in PYTHON.items()}
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for name, row in sorted(rows.items()):
            assert max(row) <= NONE and sum(c != NONE for c in row) > 100, name
            print(f'{{ "{name}", {{ {", ".join(map(str, row))} }} }},', file=out)


main()
