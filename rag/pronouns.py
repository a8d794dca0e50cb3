"""Chinese words that point back, as patterns, each without the words that merely contain it."""

from __future__ import annotations

__all__ = ["HE", "IT", "ITS", "SAID", "THAT", "THIS"]

IT = r"(?<!其)它"
HE = r"(?<![其吉耳利排维])他(?!人)"
"""Not 其他, 吉他, 马耳他, 利他, 排他, 维他命, 他人."""
THIS = r"这(?!些年)"
THAT = r"(?<!刹)那(?!么多年|不勒|曲|斯达克)"
"""Not 刹那, 那不勒斯, 那曲, 那斯达克."""
ITS = r"(?<![尤土耳极])其(?![他它实中次余])"
"""Not 尤其, 土耳其, 极其, 其他, 其它, 其实, 其中, 其次, 其余."""
SAID = r"(?<!应)该(?![怎如死])"
"""Not 应该, 该怎么, 该如何, 该死."""
