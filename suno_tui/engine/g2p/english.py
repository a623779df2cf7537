"""English: a table of words, then rules for letters in context."""

from __future__ import annotations

import re
from functools import lru_cache

from suno_tui.engine.g2p.table import TABLE

_C = "[bcdfghjklmnpqrstvwxz]"
_END = r"(?:s|d|r|rs|ly|less|ful|ness|ment)?$"
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "a": (
        ("augh", "AO"),
        ("aught", "AO T"),
        ("au", "AO"),
        ("aw", "AO"),
        ("air", "EH R"),
        ("ai", "EY"),
        ("ay", "EY"),
        ("are$", "EH R"),
        ("ar(?=[iaeou])", "EH R"),
        ("(?<=w)ar", "AO R"),
        ("(?<=qu)ar", "AO R"),
        ("ar", "AA R"),
        ("all", "AO L"),
        ("al(?=k)", "AO"),
        ("al(?=t|d)", "AO L"),
        ("(?<=^w)a(?=[nst])", "AA"),
        ("(?<=^sw)a", "AA"),
        ("a(?=tion)", "EY"),
        ("age$", "IH JH"),
        ("a(?=nge)", "EY"),
        ("a(?=ste$)", "EY"),
        (rf"a(?=(?:{_C}|th|ch)e{_END})", "EY"),
        (rf"a(?={_C}(?:ing|ed|er|y)$)", "EY"),
        (
            "^a(?=(?:way|lone|long|live|round|bout|go|part|cross|sleep|wake|fraid|like|board|"
            "mong|pon|head|light))",
            "AH",
        ),
        ("a$", "AH"),
        ("(?<=[aeiouy].)a(?=l$|n$|nt$|r$)", "AH"),
        ("a", "AE"),
    ),
    "b": (("bb", "B"), ("(?<=m)b$", ""), ("(?<=m)b(?=s|ing|ed|er)", ""), ("b", "B")),
    "c": (
        ("ck", "K"),
        ("ch(?=r|l|ao|em|aracter|oir)", "K"),
        ("tch", "CH"),
        ("ch", "CH"),
        ("cc(?=[ei])", "K S"),
        ("cc", "K"),
        ("ci(?=a|o)", "SH"),
        ("c(?=[eiy])", "S"),
        ("c", "K"),
    ),
    "d": (("dge", "JH"), ("dg", "JH"), ("dd", "D"), ("(?<=[pkfsx])ed$", "T"), ("d", "D")),
    "e": (
        ("eigh", "EY"),
        ("ei(?=n|l)", "EY"),
        ("ei", "IY"),
        ("eer", "IH R"),
        ("ee", "IY"),
        ("ear(?=n|l|th|ch)", "ER"),
        ("ear", "IH R"),
        ("ea(?=d$|lth|th$|ther|ven|sure|nt$)", "EH"),
        ("ea", "IY"),
        ("ewe?", "UW"),
        ("eu", "UW"),
        ("ey$", "IY"),
        ("ey", "EY"),
        ("eo", "IY AH"),
        ("ere$", "IH R"),
        ("er(?=[aeiou])", "EH R"),
        ("er", "ER"),
        ("(?<=[td])ed$", "AH D"),
        ("(?<=[pkfsxch])ed$", "T"),
        ("ed$", "D"),
        ("(?<=[szxgc])es$", "AH Z"),
        ("(?<=[sc]h)es$", "AH Z"),
        ("es$", "Z"),
        ("(?<=[aeiouy].)e$", ""),
        ("(?<=^.)e$", "IY"),
        ("(?<=[aeiouy]..)e$", ""),
        ("(?<=[aeiouy]...)e$", ""),
        ("(?<=^th)e$", "AH"),
        ("(?<=^[sbwm])he$", "IY"),
        ("(?<=[aeiouy].)e(?=ly|less|ful|ment|ness)", ""),
        ("e(?=l$|ls$)", "AH"),
        ("(?<=[aeiouy].)e(?=n$|ns$|nt$|nce$|t$)", "AH"),
        ("(?<=[aeiouy]..)e(?=n$|ns$|nt$|nce$|t$)", "AH"),
        (rf"e(?={_C}e{_END})", "IY"),
        ("^e(?=[aeiou])", "IY"),
        ("(?<=^b)e(?=[^aeiouynstlrd]|l[io]|c|n[^dt]|t[wr])", "IH"),
        ("(?<=^[rd])e(?=[^aeiouy][aeiouy])", "IH"),
        ("e", "EH"),
    ),
    "f": (("ff", "F"), ("f", "F")),
    "g": (
        ("gh(?=t)", ""),
        ("(?<=[aeiou])gh", ""),
        ("gh", "G"),
        ("^gn", "N"),
        ("gn$", "N"),
        ("gg", "G"),
        ("(?<=n)g(?=er$|ers$)", "G"),
        ("g(?=e$|es$|ed$)", "JH"),
        ("^g(?=et|ive|irl|ift|ear)", "G"),
        ("g(?=[eiy])", "JH"),
        ("gu(?=[ei])", "G"),
        ("g", "G"),
    ),
    "h": (("(?<=[aeiou])h(?![aeiouy])", ""), ("h", "HH")),
    "i": (
        ("igh", "AY"),
        ("ight", "AY T"),
        ("ign$", "AY N"),
        ("ie$", "AY"),
        ("ie(?=d$|s$)", "IY"),
        ("ie(?=w)", ""),
        ("ie", "IY"),
        ("ing$", "IH NG"),
        ("ings$", "IH NG Z"),
        ("ire", "AY ER"),
        ("ir", "ER"),
        ("ion$", "Y AH N"),
        ("i(?=o|a)", "IY"),
        ("i(?=nd$|ld$|nds$)", "AY"),
        ("i(?=que$)", "IY"),
        (rf"i(?=(?:{_C}|th)e{_END})", "AY"),
        (rf"i(?={_C}(?:ing|ed|er|y)$)", "AY"),
        ("^i$", "AY"),
        ("i$", "IY"),
        ("i", "IH"),
    ),
    "j": (("j", "JH"),),
    "k": (("^kn", "N"), ("kk", "K"), ("k", "K")),
    "l": (
        ("(?<=[^aeiouylr])le$", "AH L"),
        ("(?<=[^aeiouylr])les$", "AH L Z"),
        ("ll", "L"),
        ("l(?=f$|m$|k$|ves$)", ""),
        ("l", "L"),
    ),
    "m": (("mm", "M"), ("^mn", "N"), ("m(?=n$)", "M"), ("m", "M")),
    "n": (
        ("nn", "N"),
        ("ng(?=$|s$|ing|ed|ly|less)", "NG"),
        ("ng(?=[aeiou]|l|r)", "NG G"),
        ("n(?=k|x|q)", "NG"),
        ("(?<=m)n$", ""),
        ("n", "N"),
    ),
    "o": (
        ("ough$", "OW"),
        ("ought", "AO T"),
        ("ould", "UH D"),
        ("ous$", "AH S"),
        ("our$", "AO R"),
        ("our", "AO R"),
        ("oul", "OW L"),
        ("ou", "AW"),
        ("ook", "UH K"),
        ("oor", "AO R"),
        ("oo", "UW"),
        ("oy", "OY"),
        ("oi", "OY"),
        ("oa", "OW"),
        ("oe(?=s?$)", "OW"),
        ("own$", "AW N"),
        ("ow(?=n$|ns$|d|el|er|l$)", "AW"),
        ("(?<=^[hnwc])ow$", "AW"),
        ("ow", "OW"),
        ("(?<=^w)or", "ER"),
        ("ore", "AO R"),
        ("or(?=$|s$)", "AO R"),
        ("or", "AO R"),
        ("o(?=ld|lt|ll$|st$)", "OW"),
        ("o(?=ther|ven$|ney|ve$)", "AH"),
        ("(?<=[aeiouy].)on$", "AH N"),
        ("(?<=[aeiouy]..)on$", "AH N"),
        (rf"o(?=(?:{_C}|th)e{_END})", "OW"),
        (rf"o(?={_C}(?:ing|ed|er|y)$)", "OW"),
        ("o(?=tion)", "OW"),
        ("o$", "OW"),
        ("o(?=s$)", "OW"),
        ("o(?=[aeiu])", "OW"),
        ("o", "AA"),
    ),
    "p": (("ph", "F"), ("^ps", "S"), ("^pn", "N"), ("pp", "P"), ("p", "P")),
    "q": (("que$", "K"), ("qu", "K W"), ("q", "K")),
    "r": (("^rh", "R"), ("rr", "R"), ("r", "R")),
    "s": (
        ("ssion", "SH AH N"),
        ("sion", "ZH AH N"),
        ("ssure", "SH ER"),
        ("sure", "ZH ER"),
        ("sch", "S K"),
        ("sh", "SH"),
        ("sc(?=[eiy])", "S"),
        ("ss", "S"),
        ("(?<=[aeiou])st(?=le|en)", "S"),
        ("(?<=[aeiouy])s(?=e$|es$|ed$|y$|ing$)", "Z"),
        ("(?<=[aeioubdglmnrvwyz])s$", "Z"),
        ("(?<=[iu])s$", "S"),
        ("(?<=[aeiou])s(?=m$)", "Z"),
        ("s", "S"),
    ),
    "t": (
        ("tion", "SH AH N"),
        ("tious", "SH AH S"),
        ("ture", "CH ER"),
        ("tch", "CH"),
        ("th(?=er|e$|es$|ing$)", "DH"),
        ("^th(?=e|i[sn]$|a[nt]|ou$|us|o[us])", "DH"),
        ("th", "TH"),
        ("tt", "T"),
        ("ti(?=al|en)", "SH"),
        ("t", "T"),
    ),
    "u": (
        ("uy", "AY"),
        ("ur", "ER"),
        ("ue$", "UW"),
        ("ui(?=t|se)", "UW"),
        ("(?<=[gq])u(?=[aeio])", ""),
        (rf"(?<=[jlrs])u(?={_C}e{_END})", "UW"),
        (rf"u(?={_C}e{_END})", "Y UW"),
        ("^uni", "Y UW N IH"),
        ("u(?=sic|man$|mor)", "Y UW"),
        ("(?<=[pb])u(?=ll|sh|tch)", "UH"),
        ("u$", "UW"),
        ("u", "AH"),
    ),
    "v": (("v", "V"),),
    "w": (("^wr", "R"), ("^wh(?=o)", "HH"), ("wh", "W"), ("w(?=$|s$|n$|ed$)", ""), ("w", "W")),
    "x": (
        ("^x", "Z"),
        ("x", "K S"),
    ),
    "y": (
        ("^y", "Y"),
        ("(?<=[aeiou])y", ""),
        ("(?<=^[^aeiou])y$", "AY"),
        ("(?<=^[^aeiou][^aeiou])y$", "AY"),
        (rf"y(?={_C}e{_END})", "AY"),
        ("y$", "IY"),
        ("yr", "ER"),
        ("y(?=[aeiou])", "Y"),
        ("y", "IH"),
    ),
    "z": (("zz", "Z"), ("z", "Z")),
}
_COMPILED = {
    letter: tuple((re.compile(pattern), tuple(phones.split())) for pattern, phones in rules)
    for letter, rules in _RULES.items()
}


_ENDINGS: dict[str, tuple[str, ...]] = {
    "'s": ("Z",),
    "'re": ("ER",),
    "'ll": ("AH", "L"),
    "'ve": ("V",),
    "'d": ("D",),
    "n't": ("AH", "N", "T"),
    "in'": ("IH", "N"),
}


@lru_cache(maxsize=4096)
def english(word: str) -> tuple[str, ...]:
    """Return the phones of an English word in lower case (letters and apostrophes)."""
    if word in TABLE:
        return TABLE[word]
    for ending, said in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return english(word[: -len(ending)]) + said
    word = word.replace("'", "")
    if word.endswith("s") and word[:-1] in TABLE and len(word) > 3:
        last = TABLE[word[:-1]][-1]
        return (*TABLE[word[:-1]], "S" if last in ("P", "T", "K", "F", "TH") else "Z")
    out: list[str] = []
    at = 0
    while at < len(word):
        for pattern, phones in _COMPILED.get(word[at], ()):
            if found := pattern.match(word, at):
                out += phones
                at = max(found.end(), at + 1)
                break
        else:
            at += 1
    return tuple(out)
