"""Feedback: of the user's own answers only; given, withdrawn, carried along, gone with its turn."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from memory import (
    ConversationLog,
    Feedback,
    LogDamagedError,
    OptionError,
    TranscriptError,
    make_memory,
)
from memory.contract.cases import HOSTILE_IDS

NONCE = "qzxwvnonce"


@pytest.fixture
def log(tmp_path):
    with ConversationLog(tmp_path / "log.db") as opened:
        yield opened


@pytest.fixture
def feedback(log):
    return Feedback(log)


@pytest.fixture
def memory(log):
    return make_memory("window", log)


@pytest.fixture
def answer(memory):
    """Asks something; the answer's turn."""

    def run(text="When?", answer="On Friday.", user="u", session="s"):
        return memory.record(text, answer, user=user, session=session).turns[1]

    return run


def holding(folder, words=NONCE):
    return [f for f in folder.rglob("*") if f.is_file() and words.encode() in f.read_bytes()]


def said(feedback, user="u"):
    return [(r.session, r.number, r.rating, r.note) for r in feedback.list(user=user)]


def test_a_rating_stands_with_its_answer_session_and_time(feedback, answer):
    turn, before = answer(), datetime.now(UTC)
    given = feedback.give(turn.id, "down", "  wrong day\n", user="u")
    assert (given.turn_id, given.user, given.session, given.number) == (turn.id, "u", "s", 2)
    assert (given.rating, given.note) == ("down", "wrong day")
    assert before <= given.time <= datetime.now(UTC)
    assert feedback.of("s", user="u") == {turn.id: given}
    assert feedback.list(user="u") == [given]


def test_only_answers_to_this_user_can_be_rated(log, feedback, answer):
    turn, _ = answer(), answer(user="other")
    question = log.history(user="u", session="s")[0]
    for turn_id, user in ((question.id, "u"), (turn.id, "other"), (999, "u"), (turn.id, "nobody")):
        assert feedback.give(turn_id, "up", user=user) is None
    assert feedback.give(turn.id, "up", user="u")
    assert feedback.withdraw(turn.id, user="other") is False
    assert feedback.of("s", user="other") == {}
    assert said(feedback) == [("s", 2, "up", "")]


def test_giving_again_replaces_and_erases_the_older_words(tmp_path, feedback, answer):
    turn = answer()
    feedback.give(turn.id, "down", f"{NONCE} is missing", user="u")
    assert feedback.give(turn.id, "up", "better", user="u").note == "better"
    assert said(feedback) == [("s", 2, "up", "better")]
    assert not holding(tmp_path)


def test_a_withdrawn_rating_leaves_no_byte_and_keeps_the_answer(tmp_path, log, feedback, answer):
    turn = answer()
    feedback.give(turn.id, "down", NONCE, user="u")
    assert feedback.withdraw(turn.id, user="u") is True
    assert feedback.withdraw(turn.id, user="u") is False
    assert feedback.list(user="u") == []
    assert log.history(user="u", session="s")[1] == turn
    assert not holding(tmp_path)


def test_a_thumb_without_words_costs_nothing_that_was_derived(log, feedback, answer):
    (log.derived.make() / "kept").write_text("x")
    turn = answer()
    feedback.give(turn.id, "down", user="u")
    feedback.give(turn.id, "up", user="u")
    feedback.withdraw(turn.id, user="u")
    assert (log.derived.folder / "kept").exists()


@pytest.mark.parametrize(
    ("rating", "note"), [("sideways", ""), ("", ""), (True, ""), ("up", "x" * 1001), ("up", None)]
)
def test_what_is_no_rating_is_refused_and_the_older_one_stays(feedback, answer, rating, note):
    turn = answer()
    feedback.give(turn.id, "up", "x" * 1000, user="u")
    with pytest.raises(OptionError, match="give"):
        feedback.give(turn.id, rating, note, user="u")
    assert said(feedback) == [("s", 2, "up", "x" * 1000)]


@pytest.mark.parametrize("what", ["turn", "session", "user", "replacing"])
def test_what_is_forgotten_takes_its_rating_along_bytes_included(
    tmp_path, log, feedback, memory, answer, what
):
    kept, gone = answer(session="kept"), answer(session="gone")
    feedback.give(kept.id, "up", user="u")
    feedback.give(gone.id, "down", NONCE, user="u")
    {
        "turn": lambda: log.forget_turn(gone.id, user="u"),
        "session": lambda: log.forget_session("gone", user="u"),
        "user": lambda: log.forget_user("u"),
        "replacing": lambda: memory.record("q", "a", user="u", session="gone", replaces=1),
    }[what]()
    assert said(feedback) == ([] if what == "user" else [("kept", 2, "up", "")])
    assert feedback.of("gone", user="u") == {}
    assert not holding(tmp_path)


def test_a_rated_answer_that_loses_words_keeps_its_rating_without_them(tmp_path, log, feedback):
    memory = make_memory("window", log)
    asked, given = memory.record(
        f"Remember that {NONCE} is open.", f"I'll remember: {NONCE} is open", user="u", session="s"
    ).turns
    before = feedback.give(given.id, "up", f"right, {NONCE} is open!", user="u")
    log.forget_turn(asked.id, user="u")
    (after,) = feedback.list(user="u")
    assert (after.rating, after.note) == ("up", "right, […]!")
    assert (after.turn_id, after.time) == (before.turn_id, before.time)
    assert not holding(tmp_path)


def test_users_never_see_each_others_ratings(feedback, answer):
    for i, user in enumerate(HOSTILE_IDS):
        feedback.give(answer(user=user).id, "up", f"nonce {i}", user=user)
    for i, user in enumerate(HOSTILE_IDS):
        assert said(feedback, user) == [("s", 2, "up", f"nonce {i}")]
        assert [r.note for r in feedback.of("s", user=user).values()] == [f"nonce {i}"]
    calls = (
        lambda: feedback.list(user=""),
        lambda: feedback.of("", user="u"),
        lambda: feedback.give(1, "up", user=""),
        lambda: feedback.withdraw(1, user="\ud800"),
    )
    for call in calls:
        with pytest.raises(OptionError):
            call()


def test_every_statement_on_ratings_names_its_user(log, feedback, answer):
    turn = answer()
    statements = []
    log._database._connection.set_trace_callback(statements.append)
    feedback.give(turn.id, "up", user="u")
    feedback.list(user="u")
    feedback.of("s", user="u")
    feedback.withdraw(turn.id, user="u")
    log._database._connection.set_trace_callback(None)
    touching = [sql for sql in statements if "FROM turns" in sql or "FROM feedback AS" in sql]
    touching += [sql for sql in statements if sql.startswith(("DELETE", "INSERT"))]
    assert len(touching) > 4
    assert [sql for sql in touching if "user_key" not in sql and "users" not in sql] == []


def test_export_forget_and_import_give_back_the_same_ratings(memory, feedback, answer):
    feedback.give(answer().id, "up", user="u")
    feedback.give(answer(session="t").id, "down", "两行\nand more", user="u")
    before, text = feedback.list(user="u"), memory.export_jsonl(user="u")
    memory.forget_user("u")
    assert memory.import_jsonl(text, user="u") == 4
    assert [r.time for r in feedback.list(user="u")] == [r.time for r in before]
    assert said(feedback) == [("s", 2, "up", ""), ("t", 2, "down", "两行\nand more")]
    assert memory.export_jsonl(user="u") == text
    assert memory.import_jsonl(text, user="u") == 0
    assert memory.export_jsonl(user="u") == text
    assert memory.import_jsonl(text, user="other") == 4
    assert said(feedback, "other") == said(feedback)


def test_one_session_carries_its_own_ratings_only(memory, feedback, answer):
    feedback.give(answer().id, "down", NONCE, user="u")
    feedback.give(answer(session="t").id, "up", "fine", user="u")
    assert NONCE not in memory.export_jsonl(user="u", session="t")
    assert NONCE not in memory.export_markdown(user="u", session="t")
    memory.import_jsonl(memory.export_jsonl(user="u", session="t"), user="other")
    assert said(feedback, "other") == [("t", 2, "up", "fine")]


@pytest.mark.parametrize("later", [True, False])
def test_of_two_ratings_of_one_answer_the_one_given_later_stays(
    tmp_path, memory, feedback, answer, later
):
    here = feedback.give(answer().id, "down", NONCE, user="u")
    lines = [json.loads(line) for line in memory.export_jsonl(user="u").splitlines()]
    time = here.time + timedelta(seconds=1 if later else -1)
    lines[-1] |= {"rating": "up", "note": "there", "time": time.isoformat()}
    memory.import_jsonl("\n".join(json.dumps(line) for line in lines), user="u")
    stays = ("up", "there") if later else ("down", NONCE)
    assert said(feedback) == [("s", 2, *stays)]
    assert bool(holding(tmp_path)) is not later


def test_a_rating_of_what_the_user_said_is_refused_with_the_file(memory, feedback, answer):
    feedback.give(answer().id, "up", user="u")
    lines = [json.loads(line) for line in memory.export_jsonl(user="u").splitlines()]
    lines[-1]["number"] = 1
    with pytest.raises(TranscriptError, match="which is no answer"):
        memory.import_jsonl("\n".join(json.dumps(line) for line in lines), user="other")
    assert memory.sessions(user="other") == []


def test_markdown_says_under_the_answer_how_it_was_rated(memory, feedback, answer):
    turn = answer()
    feedback.give(turn.id, "down", "wrong\nday", user="u")
    feedback.give(answer("And then?", "Never.").id, "up", user="u")
    text = memory.export_markdown(user="u")
    assert "\n\nOn Friday.\n\n*Rated down*: wrong day\n\n**User**" in text
    assert text.endswith("\n\nNever.\n\n*Rated up*\n")


@pytest.mark.parametrize("column", ["time", "note"])
def test_d10_a_damaged_rating_is_named_and_giving_it_anew_heals_it(log, feedback, answer, column):
    turn = answer()
    feedback.give(turn.id, "up", user="u")
    with log._database.writing() as raw:
        raw.execute(f"UPDATE feedback SET {column} = x'ff00'")  # noqa: S608
    with pytest.raises(LogDamagedError, match=f"rating of turn {turn.id} in session 's'"):
        feedback.list(user="u")
    assert feedback.give(turn.id, "down", user="u").rating == "down"
