"""Every text that people read is translated, and none is shown past the translations."""

import ast
import gettext
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from PySide6.QtGui import QRawFont

from kt_gui.schema import texts
from kt_gui.schema.datasets import BUNDLED_TITLES, called
from kt_gui.schema.texts import listed, tr, trn
from kt_gui.store.translations import speak

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "kt_gui"
CATALOGUES = sorted((ROOT / "resources" / "translations").glob("*/LC_MESSAGES/kt_gui.po"))
CHINESE = ROOT / "resources" / "translations" / "zh_CN" / "LC_MESSAGES" / "kt_gui.po"
FONTS = ROOT / "resources" / "fonts"

QT_TEXTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QToolButton", "QGroupBox", "QMenu"), (0,)),
    **dict.fromkeys(("setText", "setToolTip", "setWindowTitle", "setTitle", "setAccessibleName", "setStatusTip"), (0,)),
    **dict.fromkeys(("setAccessibleDescription", "setPlaceholderText", "setSpecialValueText", "setWhatsThis"), (0,)),
    **dict.fromkeys(("setSuffix", "setPrefix", "setLabelText", "setOkButtonText", "setCancelButtonText"), (0,)),
    **dict.fromkeys(("setInformativeText", "setDetailedText", "setHorizontalHeaderLabels", "setHeaderLabels"), (0,)),
    **dict.fromkeys(("addItem", "addItems", "addMenu", "insertItem", "setItemText"), (0, 1)),
    **dict.fromkeys(("addAction", "QAction", "addTab", "addButton", "showText", "showMessage"), (0, 1)),
    **dict.fromkeys(("getOpenFileName", "getOpenFileNames", "getSaveFileName"), (1, 3)),
    **dict.fromkeys(("getExistingDirectory", "getText", "getItem", "getInt", "getDouble"), (1, 2)),
    "drawText": (1, 2, 3, 4, 5, 6),
}
OWN_TEXTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("label", "Muted", "Chip", "Elided", "Card", "Tile", "rename", "write"), (0,)),
    **dict.fromkeys(("primary", "secondary", "danger", "quiet", "link", "button"), (0,)),
    **dict.fromkeys(("Heading", "Fold", "Dialog", "Message", "UserError", "Obstacle"), (0, 1)),
    **dict.fromkeys(("Failure", "Notice"), (1, 2)),
    "Check": (0, 1, 3),
    "Empty": (1, 2, 3),
    "IconButton": (1,),
    "Segmented": (0,),
    "ask": (0, 1, 3),
}
SHOWN = QT_TEXTS | OWN_TEXTS
"""Calls that show a text, and at which places."""

PARSERS = ("ArgumentParser", "Parser", "add_parser", "add_argument", "add_argument_group", "add_subparsers")
SHOWN_BY_NAME = {"title", "subtitle", "text", "sentence", "caption", "action", "message", "remedy", "refusal"}
HELPING = {"title", "help", "description", "epilog"}

UNTRANSLATED = {
    "Knowledge Transfer": "the product's name",
    "torch": "a library's name",
    "torchvision": "a library's name",
    "timm": "a library's name",
    "PCA": "a method's name",
    "t-SNE": "a method's name",
    "error:": "scripts look for it at the beginning of a line",
}
"""What stays English in every language, and why."""

PLACE = re.compile(r"\{\w*\}")
WORD = re.compile(r"[^\W\d_]{2}")
HAN = "\u4e00-\u9fff"
HALF_WIDTH = re.compile(rf"[{HAN}]\s?[,;:!?]|[{HAN}]\.(?!\w)|[,;:!?][{HAN}]")


def modules() -> list[Path]:
    return sorted(PROGRAM.rglob("*.py"))


def name_of(call: ast.Call) -> str:
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def literals(shown: ast.expr) -> Iterator[str]:
    """The texts that an expression can become without passing through a function."""
    match shown:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            yield from (text for part in parts for text in literals(part))
        case ast.List(elts=parts):
            yield from (text for part in parts for text in literals(part))
        case ast.Tuple(elts=[*_, last]):
            yield from literals(last)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Add(), right=other):
            yield from (*literals(one), *literals(other))
        case _:
            pass


def shown_at(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that people will read."""
    name = name_of(call)
    if name in PARSERS:
        yield from (keyword.value for keyword in call.keywords if keyword.arg in HELPING)
    elif name in SHOWN:
        yield from (call.args[place] for place in SHOWN[name] if place < len(call.args))
        yield from (keyword.value for keyword in call.keywords if keyword.arg in SHOWN_BY_NAME)


def bare(tree: ast.AST) -> Iterator[str]:
    """Words that are shown without being translated, with their lines."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            said = [text.strip() for shown in shown_at(call) for text in literals(shown)]
            yield from (
                f"{call.lineno}: {text}"
                for text in said
                if WORD.search(PLACE.sub("", text)) and text not in UNTRANSLATED
            )


def while_imported(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs while a module is imported: not the bodies of functions."""
    for child in ast.iter_child_nodes(tree):
        match child:
            case ast.FunctionDef(args=given, decorator_list=decorators):
                for early in (*given.defaults, *(each for each in given.kw_defaults if each), *decorators):
                    yield from (early, *while_imported(early))
            case ast.Lambda():
                continue
            case _:
                yield from (child, *while_imported(child))


def too_early(tree: ast.AST) -> list[int]:
    """The lines that translate before a language is chosen."""
    return [
        node.lineno for node in while_imported(tree) if isinstance(node, ast.Call) and name_of(node) in ("tr", "trn")
    ]


def spoilt(tree: ast.AST) -> Iterator[str]:
    """Calls of tr, trn and mark that no translator can serve: texts put together, or values that do not fit."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and name_of(call) in ("tr", "trn", "mark"):
            for source in call.args[: 2 if name_of(call) == "trn" else 1]:
                if isinstance(source, ast.JoinedStr | ast.BinOp):
                    yield f"{call.lineno}: a text put together"
                elif isinstance(source, ast.Constant) and not fits(call, source.value):
                    yield f"{call.lineno}: other values than in {source.value!r}"


def fits(call: ast.Call, text: object) -> bool:
    """Whether a call gives just the values that its text names; one without values may fill them in later."""
    given = {keyword.arg for keyword in call.keywords}
    named = {name for _, name, _, _ in Formatter().parse(str(text)) if name is not None}
    return not given or None in given or named - ({"count"} if name_of(call) == "trn" else set()) == given


@pytest.fixture(scope="module")
def translate() -> ModuleType:
    """packaging/translate.py, whose folder is no package."""
    spec = importlib.util.spec_from_file_location("translate", ROOT / "packaging" / "translate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh_CN")
    yield
    texts.use(gettext.NullTranslations())


# --- the translations ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_every_text_is_translated_and_compiled(catalogue: Path, translate: ModuleType) -> None:
    assert list(translate.problems(catalogue)) == []


def test_no_text_hides_in_an_f_string(translate: ModuleType) -> None:
    assert list(translate.hidden()) == []


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {path.parent.parent.name for path in CATALOGUES} == set(texts.LANGUAGES) - {"en"}


def test_chinese_is_spoken(chinese: None) -> None:
    assert tr("Transfer") == "迁移"
    assert tr("Run “{name}” was interrupted at epoch {epoch}.", name="emoji", epoch=7) == "运行“emoji”在第 7 轮中断。"
    assert trn("{count} class", "{count} classes", 1) == "1 个类别"
    assert trn("{count} class", "{count} classes", 6) == "6 个类别"
    assert listed(("甲", "", "乙")) == "甲，乙"


def test_a_kept_title_is_translated_where_it_is_shown_but_never_a_folders_name(chinese: None) -> None:
    assert called(BUNDLED_TITLES["emoji-noto"]) == "Noto 风格表情符号"
    assert tr("train") != "train"
    assert called("train") == "train"


def test_chinese_punctuation_is_full_width(translate: ModuleType) -> None:
    catalogue = translate.updated(CHINESE)
    said = [translate.last(each.string) for each in catalogue if each.id]
    assert [text for text in said if HALF_WIDTH.search(text)] == []


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_fonts_that_come_along_hold_every_chinese_text(weight: str, translate: ModuleType, qapp: object) -> None:
    fonts = [QRawFont(str(FONTS / name), 13) for name in (f"NotoSansSC-{weight}.otf", "Inter-Regular.ttf")]
    catalogue = translate.updated(CHINESE)
    letters = {letter for message in catalogue if message.id for letter in translate.last(message.string)}
    assert [each for each in sorted(letters) if not any(font.supportsCharacter(ord(each)) for font in fonts)] == []


# --- the code --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PROGRAM)))
def test_a_module_shows_nothing_past_the_translations(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert list(bare(tree)) == []
    assert too_early(tree) == []
    assert list(spoilt(tree)) == []


@pytest.mark.parametrize(
    "code",
    [
        'label("Two words")',
        'button.setText(f"{count} pictures")',
        'button.setToolTip("Stop" if running else tr("Go on"))',
        'Heading(tr("Runs"), subtitle="All of them")',
        'Segmented([("all", "All")])',
        'raise UserError(tr("It failed."), "Try again.")',
        'parser.add_argument("file", help="a file")',
        'painter.drawText(place, flags, "Loss " + figure)',
    ],
)
def test_an_untranslated_text_is_found(code: str) -> None:
    assert len(list(bare(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'label(tr("Two words"), "small")',
        'button.setText(f"{epoch} / {epochs}")',
        'Segmented([("all", tr("All")), ("timm", "timm")])',
        'label(f"Knowledge Transfer {version}")',
        'parser.add_argument("--set", metavar="FIELD=VALUE", help=tr("change a field"))',
        'log.warning("not for people")',
    ],
)
def test_a_translated_text_is_let_through(code: str) -> None:
    assert list(bare(ast.parse(code))) == []


def test_a_text_translated_while_a_module_is_imported_is_found() -> None:
    assert too_early(ast.parse('TITLE = tr("Runs")')) == [1]
    assert too_early(ast.parse('class Page:\n    title = tr("Runs")')) == [2]
    assert too_early(ast.parse('def show(title=tr("Runs")): ...')) == [1]
    assert too_early(ast.parse('TITLE = mark("Runs")\ndef show(): return tr(TITLE)')) == []


@pytest.mark.parametrize(
    "code",
    ['tr(f"{count} runs")', 'mark("a " + b)', 'tr("{count} runs", number=3)', 'trn("{count} {a}", "{a}", 2, b=1)'],
)
def test_a_text_no_translator_can_serve_is_found(code: str) -> None:
    assert list(spoilt(ast.parse(code)))
