"""An English word in, its American spelling out: whichever is asked for finds the other.

The families of words that differ, as Wikipedia's "American and British English spelling
differences" lists them, each with its rule; closed lists where other words end alike (hour, wise).
Documents and questions go through the same rules, so a word that one of them changes wrongly
still finds itself.
"""

from __future__ import annotations

import re

__all__ = ["american"]


def _any(words: str) -> str:
    return f"({'|'.join(words.split())})"


_OUR = _any(
    "arb arm behavi cand clam col demean endeav fav ferv flav harb hon hum lab neighb od parl ranc"
    " rig rum sav savi splend succ tum val vap vig"
)
_RE = _any("calib cent fib goit lit lust met mit och pet sab somb spect theat tit")
_ELL = _any(
    "cancel channel council counsel dial duel enamel equal fuel funnel gravel grovel initial jewel"
    " label level libel marshal marvel model panel parcel pedal pencil quarrel relabel remodel"
    " revel rival shovel shrivel signal spiral swivel total travel tunnel unravel"
)
_RULES = tuple(
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        (rf"{_OUR}our", r"\1or"),  # colour, neighbourhood
        (rf"{_RE}re(?=s?$)", r"\1er"),  # centre
        (rf"{_RE}r(?=ed$|ing$)", r"\1er"),
        (rf"^{_ELL}l(?=(?:ed|ing|ers?|ors?|ous)$)", r"\1"),  # travelled
        (r"(?<=[ao]l)ys(?=(?:e[drs]?|ers|ing)$)", "yz"),  # analyse
        (r"(?<=alo)gue(?=s?$)", "g"),  # catalogue
        (r"(?<=alog)u(?=ed$|ing$)", ""),
        (r"(?<=[^aeiou])aem(?=[aeio])", "em"),  # anaemia
        (r"anaesth", "anesth"),
        (r"^(arch|pal)aeo", r"\1eo"),
        (r"paed(?=[io])", "ped"),
        (r"^oe(?=stro|soph)", "e"),
        (r"^foet(?=[au])", "fet"),
        (r"gynaec", "gynec"),
        (r"rhoea", "rhea"),
        (r"^sulph", "sulf"),
        (r"^(defen|offen|preten|licen)ce(?=[ds]?$)", r"\1se"),
        (r"^practis(?=e|ing$)", "practic"),
        (r"^programme(?=s?$)", "program"),
        (r"^manoeuvre(?=s?$)", "maneuver"),
        (r"^manoeuvr(?=ed$|ing$|ab)", "maneuver"),
        (r"^aeroplane", "airplane"),
        (r"^aluminium", "aluminum"),
        (r"^artefact", "artifact"),
        (r"^(enrol|fulfil)(?=s?$|ment)", r"\1l"),
        (r"^grey", "gray"),
        (r"^instalment", "installment"),
        (r"^jewellery", "jewelry"),
        (r"^(judg|acknowledg)ement", r"\1ment"),
        (r"^mould", "mold"),
        (r"^moustache", "mustache"),
        (r"^plough", "plow"),
        (r"^sceptic", "skeptic"),
        (r"^(skil|wil)ful", r"\1lful"),
    )
)

_ISE = re.compile(r"(.{4,})is(e[drs]?|ers|ing|able|ation(?:s|al)?)")
_NEVER_IZE = frozenset(  # what stands before -ise in words that nobody writes with a z
    """advert appr appra chast chem circumc compr comprom conc desp disfranch disgu enterpr exerc
    expert franch improv marqu merchand parad porpo prec prem prom repr superv surpr telev torto
    treat turquo""".split()
)


def american(word: str) -> str:
    """The word as Americans spell it; most words are as they were.

    Args:
        word: in lower case, ASCII.
    """
    for british, spelling in _RULES:
        word = british.sub(spelling, word)
    match = _ISE.fullmatch(word)
    if match and not match[1].endswith("w") and match[1] not in _NEVER_IZE:  # -wise
        return f"{match[1]}iz{match[2]}"
    return word
