"""Common English words that the rules would get wrong."""

from __future__ import annotations


def read(text: str) -> dict[str, tuple[str, ...]]:
    """Return the phones of each word of a table, whose entries are divided by bars or lines."""
    entries = (entry.split() for entry in text.replace("\n", "|").split("|") if entry)
    return {word: tuple(phones) for word, *phones in entries}


_WORDS = """
a AH|the DH AH|of AH V|to T UW|and AE N D|i AY|you Y UW|your Y AO R|yours Y AO R Z|are AA R
was W AA Z|were W ER|is IH Z|his HH IH Z|as AE Z|has HH AE Z|have HH AE V|been B IH N|do D UW
does D AH Z|done D AH N|don't D OW N T|won't W OW N T|can't K AE N T|said S EH D|says S EH Z
they DH EY|their DH EH R|there DH EH R|where W EH R|here HH IH R|what W AH T|who HH UW
whose HH UW Z|one W AH N|once W AH N S|two T UW|four F AO R|eight EY T|some S AH M|come K AH M
become B IH K AH M|love L AH V|loved L AH V D|lover L AH V ER|loving L AH V IH NG|above AH B AH V
glove G L AH V|dove D AH V|live L IH V|lives L IH V Z|living L IH V IH NG|give G IH V
given G IH V AH N|forgive F ER G IH V|gone G AO N|none N AH N|nothing N AH TH IH NG
something S AH M TH IH NG|anything EH N IY TH IH NG|any EH N IY|many M EH N IY|every EH V R IY
everything EH V R IY TH IH NG|everybody EH V R IY B AA D IY|ever EH V ER|never N EH V ER
forever F ER EH V ER|over OW V ER|again AH G EH N|against AH G EH N S T|heart HH AA R T
hearts HH AA R T S|heard HH ER D|head HH EH D|dead D EH D|death D EH TH|bread B R EH D
breath B R EH TH|breathe B R IY DH|heaven HH EH V AH N|ready R EH D IY|heavy HH EH V IY
steady S T EH D IY|instead IH N S T EH D|spread S P R EH D|great G R EY T|break B R EY K
breaking B R EY K IH NG|steak S T EY K|tear T IH R|tears T IH R Z|wear W EH R|bear B EH R
early ER L IY|earth ER TH|learn L ER N|search S ER CH|year Y IH R|years Y IH R Z|eye AY|eyes AY Z
blood B L AH D|flood F L AH D|door D AO R|floor F L AO R|good G UH D|could K UH D|would W UH D
should SH UH D|book B UH K|look L UH K|looking L UH K IH NG|took T UH K|stood S T UH D|put P UH T
push P UH SH|pull P UH L|full F UH L|sugar SH UH G ER|through TH R UW|though DH OW|thought TH AO T
although AO L DH OW|enough IH N AH F|tough T AH F|rough R AH F|laugh L AE F|night N AY T
tonight T AH N AY T|child CH AY L D|wild W AY L D|mind M AY N D|find F AY N D|kind K AY N D
blind B L AY N D|behind B IH HH AY N D|climb K L AY M|old OW L D|cold K OW L D|gold G OW L D
hold HH OW L D|told T OW L D|only OW N L IY|most M OW S T|ghost G OW S T|both B OW TH
post P OW S T|soul S OW L|shoulder SH OW L D ER|world W ER L D|word W ER D|words W ER D Z
work W ER K|worth W ER TH|war W AO R|warm W AO R M|water W AO T ER|want W AA N T|watch W AA CH
wash W AA SH|wander W AA N D ER|walk W AO K|walking W AO K IH NG|talk T AO K|because B IH K AO Z
people P IY P AH L|woman W UH M AH N|women W IH M AH N|friend F R EH N D|friends F R EH N D Z
beautiful B Y UW T AH F AH L|beauty B Y UW T IY|music M Y UW Z IH K|ocean OW SH AH N
island AY L AH N D|sure SH UH R|hour AW ER|hours AW ER Z|our AW ER|honest AA N AH S T|move M UW V
prove P R UW V|lose L UW Z|shoe SH UW|shoes SH UW Z|whole HH OW L|answer AE N S ER
listen L IH S AH N|castle K AE S AH L|fire F AY ER|desire D IH Z AY ER|higher HH AY ER
flower F L AW ER|power P AW ER|alive AH L AY V|radio R EY D IY OW|piano P IY AE N OW
hello HH AH L OW|baby B EY B IY|crazy K R EY Z IY|lady L EY D IY|body B AA D IY|city S IH T IY
pretty P R IH T IY|money M AH N IY|honey HH AH N IY|story S T AO R IY|memory M EH M ER IY
memories M EH M ER IY Z|ah AA|oh OW|ooh UW|hey HH EY|yeah Y EH|la L AA|na N AA|whoa W OW|mm M AH
i'm AY M|i'll AY L|i've AY V|i'd AY D|you're Y AO R|we're W IY R|they're DH EH R|it's IH T S
gonna G AH N AH|wanna W AA N AH|gotta G AA T AH|color K AH L ER|colour K AH L ER|son S AH N
won W AH N|front F R AH N T|month M AH N TH|mother M AH DH ER|brother B R AH DH ER|other AH DH ER
another AH N AH DH ER|together T AH G EH DH ER|father F AA DH ER|with W IH DH|without W IH DH AW T
this DH IH S|that DH AE T|these DH IY Z|those DH OW Z|them DH EH M|then DH EH N|than DH AE N
us AH S|use Y UW Z|says S EH Z|beneath B IH N IY TH|comes K AH M Z|coming K AH M IH NG
dance D AE N S|dancing D AE N S IH NG|neon N IY AA N|moment M OW M AH N T|open OW P AH N
broken B R OW K AH N|stolen S T OW L AH N|golden G OW L D AH N|silence S AY L AH N S
silent S AY L AH N T|quiet K W AY AH T|desert D EH Z ER T|river R IH V ER|shiver SH IH V ER
paper P EY P ER|empty EH M P T IY|little L IH T AH L|middle M IH D AH L|simple S IH M P AH L
table T EY B AH L|lights L AY T S|skies S K AY Z|cries K R AY Z|lies L AY Z|dies D AY Z
tries T R AY Z|tied T AY D|goes G OW Z|goodbye G UH D B AY|maybe M EY B IY|being B IY IH NG
seeing S IY IH NG|knew N UW|know N OW|known N OW N|low L OW|slow S L OW|show SH OW|glow G L OW
grow G R OW|flow F L OW|snow S N OW|blow B L OW|throw TH R OW|shadow SH AE D OW|window W IH N D OW
tomorrow T AH M AA R OW|follow F AA L OW|hollow HH AA L OW|yellow Y EH L OW|pillow P IH L OW
sorrow S AA R OW|own OW N|bowl B OW L|road R OW D|busy B IH Z IY|half HH AE F|calm K AA M
palm P AA M|hurt HH ER T
"""
TABLE = read(_WORDS)
