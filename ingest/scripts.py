"""Text as some encoding reads it comes in; how much it looks like writing goes out, as a number."""

from __future__ import annotations

__all__ = ["plausibility"]

# The commonest characters of each language: they are two thirds of any page written in it.
_SIMPLIFIED = frozenset(
    "的在是年一和了有国么什中大为斯多人个地于尔时法机分以哪发他特公利会最到成亚区这学队第被家名用来少球路后"
    "可物里们其拉出部要主员上对位市现间行教作格生能通高不州之动次新进些立种由西得加理都美比过定系水代所议计"
    "并数两世方前与体包化本自提度而科条接场建者它没将关内三电因类工品期基还重制统文道量论月入何字或南展合题"
    "性任平问力及政原实速全线但语业相天型我你说就子那着下看起样想无手意开把好年家吗呢吧很也又去只从已经使"
    "情外正两并事应点此儿先回则更向话山民日书长安万明总打共东走女气做号今见常知身头当认表先身己王声死白果"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政"
    "美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員"
    "解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件"
    "計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象"
)
_JAPANESE = frozenset(
    "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川"
    "千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目"
    "通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計特私始朝運終台広"
)
_KOREAN = frozenset(
    "이다의는에가을고하로한지은를기사도서인자대어시리있아그나수일들해라과만보정부전스여원조주장으니상제비공성"
    "안동면우선구것했경되소마국오게관연계거모야신세용문미유생와적분말발방재화진중내위간물결교명당할까요트드"
)
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》〈〉「」『』【】…—·・〜～＂％－／　")
_WESTERN = frozenset("éèêëàâäáãåçñóòôöõúùûüíìîïßøæœÉÈÀÂÄÅÇÑÖÜØÆŒ‘’“”–—…«»°£€§©®·¿¡ªº½¼¾×²³\xa0")
_COMMON = {
    "gb18030": _SIMPLIFIED,
    "cp950": _TRADITIONAL,
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _KOREAN,
    "utf-16-le": _SIMPLIFIED | _TRADITIONAL | _JAPANESE | _KOREAN,
    "utf-16-be": _SIMPLIFIED | _TRADITIONAL | _JAPANESE | _KOREAN,
}
_LOOK = 20_000  # characters
_FREQUENT, _LEGAL, _RARE, _WRONG = 3.0, 0.0, -3.0, -6.0
_GB2312_LEVEL_1 = range(0xB0, 0xD8)
_GB2312_SECOND = 0xA1  # below it lie the characters that only GBK added
_WHITE = "\t\n\v\f\r\x1b"
_JAPANESE_NAMES = ("cp932", "euc_jp")
_WIDE_NAMES = ("utf-16-le", "utf-16-be")


def plausibility(text: str, encoding: str) -> float:
    """Mean over the characters beyond ASCII, in [-6, 3]; 0 for a text that has none.

    Args:
        text: decoded with replacement; a U+FFFD counts as wrong.
        encoding: the Python name of what decoded it; it says which language to expect.
    """
    if encoding == "cp1252":
        return _western(text[:_LOOK])
    common = _COMMON[encoding]
    total, count = 0.0, 0
    for character in text[:_LOOK]:
        if character < "\x80" and (character >= " " or character in _WHITE):
            # In UTF-16 a Latin letter is evidence as good as any.
            if encoding in _WIDE_NAMES:
                total, count = total + 2.0, count + 1
            continue
        count += 1
        if character in common:
            total += _FREQUENT
        elif character in _PUNCTUATION:
            total += 2.0
        else:
            total += _uncommon(character, encoding)
    return total / count if count else 0.0


def _uncommon(character: str, encoding: str) -> float:
    """A character that is on no list: legal, rare in this language, or wrong."""
    if character in ("\ufffd", "\x7f") or character < " " or "\ue000" <= character <= "\uf8ff":
        return _WRONG
    if "\u3040" <= character <= "\u30ff":
        return 2.0 if encoding in _JAPANESE_NAMES or encoding in _WIDE_NAMES else _RARE
    if "\uac00" <= character <= "\ud7a3":
        return 0.5 if encoding == "cp949" else _RARE if encoding in _WIDE_NAMES else _WRONG
    if "\u4e00" <= character <= "\u9fff":
        return _ideograph(character, encoding)
    if "\uff01" <= character <= "\uff5e" or "\u2000" <= character <= "\u2319":
        return _LEGAL
    return _RARE


def _ideograph(character: str, encoding: str) -> float:
    """The frequent part of each national standard comes first in its own order of bytes."""
    if encoding in _WIDE_NAMES:
        return -1.0
    if encoding == "cp949":
        return -2.0
    if encoding == "gb18030":
        code = character.encode("gb18030")
        return 0.5 if code[0] in _GB2312_LEVEL_1 and code[1] >= _GB2312_SECOND else -2.0
    code = character.encode(encoding, "replace")
    limit = {"cp950": 0xC7, "cp932": 0x99, "euc_jp": 0xD0}[encoding]
    return 0.5 if code[0] < limit else -2.0


def _western(text: str) -> float:
    """Accents stand alone among Latin letters; a run of them is another encoding."""
    total, count, run = 0.0, 0, 0
    for character in text:
        if character < "\x80":
            run = 0
            if character < " " and character not in _WHITE:
                total, count = total + _WRONG, count + 1
            continue
        count, run = count + 1, run + 1
        good = character in _WESTERN and run <= 2  # noqa: PLR2004
        total += 2.5 if good else _LEGAL if run == 1 and character.isalpha() else -4.0
    return total / count if count else 0.0
