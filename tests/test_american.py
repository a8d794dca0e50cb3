"""British and American spellings find each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import index_terms, query_terms
from ingest.american import american
from rag import Assistant

PAIRS = """
colour color, neighbourhoods neighborhoods, honourable honorable, behavioural behavioral,
centre center, centred centered, kilometres kilometers, theatre theater, travelling traveling,
travellers travelers, councillor councilor, marvellous marvelous, organise organize,
organisation organization, civilisations civilizations, realised realized, utilising utilizing,
analyse analyze, paralysed paralyzed, catalogue catalog, catalogued cataloged,
dialogues dialogs, anaemia anemia, haemoglobin hemoglobin, leukaemia leukemia,
anaesthetic anesthetic, archaeology archeology, palaeontology paleontology, paediatric pediatric,
encyclopaedia encyclopedia, oestrogen estrogen, oesophagus esophagus, foetus fetus,
gynaecologist gynecologist, diarrhoea diarrhea, sulphuric sulfuric, defence defense,
licences licenses, practised practiced, practising practicing, programmes programs,
manoeuvre maneuver, manoeuvring maneuvering, aeroplanes airplanes, aluminium aluminum,
artefacts artifacts, enrolment enrollment, fulfils fulfills, grey gray, instalment installment,
jewellery jewelry, judgement judgment, mould mold, moustache mustache, ploughed plowed,
sceptical skeptical, skilful skillful
""".replace("\n", " ").split(", ")
ALIKE = """
hour four pour tour flour contour our glamour mere acre genre hundred called rolled filled seller
bus this his basis wise otherwise clockwise promise promised exercising surprised advertiser rise
arising raised noise precise enterprise enterprises television revision league vague israel size
prize paris chris michael program grammar ago
"""


@pytest.mark.parametrize("pair", PAIRS)
def test_both_spellings_are_the_same_term(pair: str) -> None:
    british, spelling = pair.split()
    assert american(british) == spelling
    assert american(spelling) == spelling
    assert index_terms(british) == index_terms(spelling.upper()) == query_terms(british)


@pytest.mark.parametrize("word", ALIKE.split())
def test_words_that_only_look_so_stay(word: str) -> None:
    assert american(word) == word


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("The color of the organization is purple.", "Which colour has the organisation?"),
        ("The colour of the organisation is purple.", "Which color has the organization?"),
    ],
)
def test_a_question_in_the_other_spelling_is_answered(
    tmp_path: Path, written: str, asked: str
) -> None:
    (tmp_path / "logo.md").write_text(f"# Letters\n\n{written}\n")
    (tmp_path / "other.md").write_text("# Boats\n\nThe harbour master counts the boats.\n")
    with Assistant.open(tmp_path / "kb", model="none", log=tmp_path / "log.sqlite") as assistant:
        assistant.ingest(tmp_path / "logo.md")
        assistant.ingest(tmp_path / "other.md")
        answer = assistant.ask(asked).answer
    assert not answer.refused
    assert "purple" in answer.text
