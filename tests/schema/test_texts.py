import pytest

from kt_gui.schema.texts import Message, columns, listed, mark, one_line, prose, thousands, tr, trn


def test_a_text_is_filled_in_after_it_is_translated() -> None:
    assert tr("{count} of {total}", count=3, total="14") == "3 of 14"
    assert tr("100 {braces} stay where nothing is filled in") == "100 {braces} stay where nothing is filled in"
    assert tr("") == ""


def test_a_count_chooses_its_form() -> None:
    said = [trn("{count} picture", "{count} pictures", count) for count in (0, 1, 2)]
    assert said == ["0 pictures", "1 picture", "2 pictures"]


def test_thousands_stand_apart_and_stay_on_one_line() -> None:
    assert thousands(1204) == "1\N{NO-BREAK SPACE}204"
    assert trn("{count} picture", "{count} pictures", 60_000) == "60\N{NO-BREAK SPACE}000 pictures"


def test_lists_leave_out_what_is_empty() -> None:
    assert listed(["3 pictures", "", "2 classes"]) == "3 pictures, 2 classes"
    assert listed([]) == ""


def test_sentences_stand_apart_but_not_after_a_full_stop_that_is_wide_itself() -> None:
    assert prose(["It helps.", "", "It forgets."]) == "It helps. It forgets."
    assert prose(["迁移有帮助。", "会遗忘。"]) == "迁移有帮助。会遗忘。"
    assert prose(["迁移有帮助（6 个）。", "It forgets."]) == "迁移有帮助（6 个）。It forgets."
    assert prose([]) == ""


@pytest.mark.parametrize(("text", "width"), [("", 0), ("loss", 4), ("损失", 4), ("λ 约束：全部", 12), ("batch 批", 8)])
def test_a_chinese_character_is_as_wide_as_two_letters(text: str, width: int) -> None:
    assert columns(text) == width


def test_a_kept_message_is_told_with_its_values() -> None:
    assert str(Message(mark("{name} is ready"), {"name": "emoji"})) == "emoji is ready"
    assert str(Message(mark("Nothing was skipped."))) == "Nothing was skipped."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\r", "a\\nb\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("caf\udce9", "caf\\udce9"),
        ("蜜蜂 😀 1\N{NO-BREAK SPACE}204", "蜜蜂 😀 1\N{NO-BREAK SPACE}204"),
    ],
)
def test_a_name_is_shown_on_one_line_and_steers_no_terminal(name: str, shown: str) -> None:
    assert one_line(name) == shown
