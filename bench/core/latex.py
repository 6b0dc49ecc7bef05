"""Text as LaTeX shows it: its special characters, signs, Greek letters, exponents."""

import re
import unicodedata

from .text import one_line

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",  # some languages' packages give it a meaning
    **{char: f"\\{char}" for char in "{}$&#%_"},
    **{char: f"{{{char}}}" for char in "[]*"},  # which a line break takes as its own
}
_SIGNS = {
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "µ": r"$\mu$",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "→": r"$\to$",
    "∇": r"$\nabla$",
}
# Those that LaTeX has a command for; Unicode spells one of them otherwise.
_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"),
    *("kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon"),
    *("phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"),
    *("Sigma", "Upsilon", "Phi", "Psi", "Omega"),
)


def _letter(name: str) -> str:
    case = "SMALL" if name.islower() else "CAPITAL"
    word = name.upper().replace("LAMBDA", "LAMDA")
    return unicodedata.lookup(f"GREEK {case} LETTER {word}")


_COMMANDS = _SPECIAL | _SIGNS | {_letter(name): f"$\\{name}$" for name in _GREEK}
_LIGATURES = ("--", "''", "``", ",,", "?`", "!`")
RAISED = dict(zip("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789", strict=True))
"""The characters of exponents, and those that they raise."""
_EXPONENT = re.compile(f"([{''.join(RAISED)}]+)")


def for_latex(text: str) -> str:
    """Return a text that LaTeX shows as it is written, also in a table.

    Letters of other scripts stay as they are: pdfLaTeX knows those of European
    languages, XeLaTeX and LuaLaTeX those of their font.
    """
    return "".join(
        _raised(part) if part[:1] in RAISED else _plain(part)
        for part in _EXPONENT.split(one_line(text))
        if part
    )


def _raised(exponent: str) -> str:
    return f"$^{{{''.join(RAISED[char] for char in exponent)}}}$"


def _plain(text: str) -> str:
    parts = []
    for before, char in zip(f" {text}", text, strict=False):
        parts += ["{}"] * (before + char in _LIGATURES)
        parts.append(_COMMANDS.get(char, char))
    return "".join(parts)
