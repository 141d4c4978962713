"""Make the fonts in resources/fonts: only the characters the program shows, so that they are small.

    pip install fonttools brotli
    npm pack inter-ui@4.1.1 && tar xzf inter-ui-4.1.1.tgz          (Inter, SIL Open Font License)
    apt-get install fonts-noto-cjk                                  (Noto Sans CJK, SIL Open Font License)
    python3 packaging/fonts.py package/web /usr/share/fonts/opentype/noto

Latin and Greek, punctuation, arrows and the signs of formulas come from Inter; Chinese from Noto Sans CJK SC: the 6 763
characters of GB 2312, its signs, and every character the translations use.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "resources" / "fonts"
SIMPLIFIED = 2  # the place of "Noto Sans CJK SC" in the collection
LATIN = [*range(0x20, 0x250), *range(0x2B0, 0x400), *range(0x1E00, 0x1F00), *range(0x2000, 0x2800), 0xFEFF, 0xFFFD]
STAND_INS = {"▸": "▶", "▾": "▼", "◂": "◀", "▴": "▲", "✕": "×"}
"""Signs Inter lacks, and the ones drawn in their place."""
BAR_SHIFT = 150
"""How much further, in 2 048ths of the type's size."""
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "calt", "tnum", "case", "sups", "subs", "palt"]


def chinese() -> list[int]:
    """The characters of GB 2312 (its second level is in many names of animals and plants) and of our translations."""
    rows = [*range(0xA1, 0xAA), *range(0xB0, 0xF8)]
    standard = "".join(bytes([row, cell]).decode("gb2312", "ignore") for row in rows for cell in range(0xA1, 0xFF))
    ours = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "resources").rglob("*.po"))
    return sorted({ord(character) for character in standard + ours if ord(character) > 0x2FFF})


def cut(font: TTFont, characters: list[int], target: str, *, hinting: bool = True) -> None:
    """Keep only these characters of a font and write it to resources/fonts. Hints sharpen small type."""
    options = Options(layout_features=FEATURES, hinting=hinting, desubroutinize=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 16, 17]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = None
    font.save(FONTS / target)
    print(f"{target}: {len(font.getBestCmap())} characters, {(FONTS / target).stat().st_size:,} bytes")


def add_stand_ins(font: TTFont) -> None:
    """Draw the signs the font lacks with others it has."""
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update({ord(sign): table.cmap[ord(other)] for sign, other in STAND_INS.items()})


def part_bars(font: TTFont) -> None:
    """Draw the two bars of ‖θ‖ further apart: at the size of text they would run into one grey block."""
    name = font.getBestCmap()[ord("‖")]
    bars, (width, margin) = font["glyf"][name], font["hmtx"][name]
    bars.components[1].x += BAR_SHIFT
    bars.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width + BAR_SHIFT, margin)


def rename(font: TTFont, old: str, new: str) -> None:
    """Call a font by a name of our own: where a system has the original, the two would be mixed letter by letter."""
    for entry in font["name"].names:
        if entry.nameID in (1, 3, 4, 16):
            entry.string = str(entry).replace(old, new)
        elif entry.nameID == 6:  # PostScript's name has no spaces
            entry.string = str(entry).replace(old.replace(" ", ""), new.replace(" ", ""))


def make_fonts(inter: Path, noto: Path) -> None:
    """Cut all fonts, from the folders they lie in."""
    for weight in ("Regular", "Medium", "SemiBold"):
        font = TTFont(inter / f"Inter-{weight}.woff2")
        add_stand_ins(font)
        part_bars(font)
        rename(font, "Inter", "Inter KT")
        cut(font, LATIN, f"Inter-{weight}.ttf")
    for weight in ("Regular", "Bold"):
        font = TTFont(noto / f"NotoSansCJK-{weight}.ttc", fontNumber=SIMPLIFIED)
        rename(font, "Noto Sans CJK SC", "Noto Sans KT")
        cut(font, chinese(), f"NotoSansSC-{weight}.otf", hinting=weight == "Regular")


if __name__ == "__main__":
    make_fonts(Path(sys.argv[1]), Path(sys.argv[2]))
