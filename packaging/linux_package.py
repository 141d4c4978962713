"""The Debian package around a frozen folder: where files lie, menu entry, icons, licences, what it depends on."""

import gzip
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

HERE = Path(__file__).resolve().parent / "linux"
ROOT = HERE.parent.parent
PLACE = "usr/lib/kt-gui"
ICON_SIZES = ("16", "24", "32", "48", "64", "128", "256", "512")
CONTROL = """\
Package: kt-gui
Version: {version}
Architecture: amd64
Section: science
Priority: optional
Maintainer: The authors of Knowledge Transfer <nobody@localhost>
Installed-Size: {kilobytes}
Depends: {depends}
Description: carry what a network learnt on one task to another
 Knowledge Transfer teaches a network to tell pictures apart with few of your own: it learns a related task first, or
 comes pretrained, and what it learnt is carried over. You watch it happen and are told whether it helped.
 .
 The window is kt-gui, the terminal's program kt. All they need is inside; they work offline, on the processor.
"""

LIBRARIES = """
    ld-linux-x86-64.so.2    libc6 (>= 2.36)
    libc.so.6               libc6 (>= 2.36)
    libdl.so.2              libc6 (>= 2.36)
    libm.so.6               libc6 (>= 2.36)
    libpthread.so.0         libc6 (>= 2.36)
    libresolv.so.2          libc6 (>= 2.36)
    librt.so.1              libc6 (>= 2.36)
    libutil.so.1            libc6 (>= 2.36)
    libgcc_s.so.1           libgcc-s1
    libstdc++.so.6          libstdc++6 (>= 12)
    libEGL.so.1             libegl1
    libGL.so.1              libgl1
    libX11.so.6             libx11-6
    libX11-xcb.so.1         libx11-xcb1
    libdbus-1.so.3          libdbus-1-3
    libfontconfig.so.1      libfontconfig1
    libfreetype.so.6        libfreetype6
    libglib-2.0.so.0        libglib2.0-0t64 | libglib2.0-0
    libgthread-2.0.so.0     libglib2.0-0t64 | libglib2.0-0
    libuuid.so.1            libuuid1
    libwayland-client.so.0  libwayland-client0
    libwayland-cursor.so.0  libwayland-cursor0
    libwayland-egl.so.1     libwayland-egl1
    libxcb-cursor.so.0      libxcb-cursor0
    libxcb-glx.so.0         libxcb-glx0
    libxcb-icccm.so.4       libxcb-icccm4
    libxcb-image.so.0       libxcb-image0
    libxcb-keysyms.so.1     libxcb-keysyms1
    libxcb-randr.so.0       libxcb-randr0
    libxcb-render-util.so.0 libxcb-render-util0
    libxcb-render.so.0      libxcb-render0
    libxcb-shape.so.0       libxcb-shape0
    libxcb-shm.so.0         libxcb-shm0
    libxcb-sync.so.1        libxcb-sync1
    libxcb-util.so.1        libxcb-util1
    libxcb-xfixes.so.0      libxcb-xfixes0
    libxcb-xkb.so.1         libxcb-xkb1
    libxcb.so.1             libxcb1
    libxkbcommon-x11.so.0   libxkbcommon-x11-0
    libxkbcommon.so.0       libxkbcommon0
"""
"""What the system gives: each library's name and the packages of Debian and Ubuntu that hold it."""

PROVIDED = dict(line.split(maxsplit=1) for line in LIBRARIES.strip().splitlines())


def check_libraries(bundle: Path) -> None:
    """Make sure that every library asked for is in the bundle or in what the package depends on."""
    inside = {path.name for path in bundle.rglob("*")}
    unknown = {name: file for file, name in needed(bundle) if name not in inside and name not in PROVIDED}
    if unknown:
        raise SystemExit(f"neither bundled nor in LIBRARIES of {Path(__file__).name}: {unknown}")


def needed(bundle: Path) -> Iterator[tuple[str, str]]:
    """Every file of machine code with the name of each library it asks for."""
    for path in bundle.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF":
            listing = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
            yield from ((path.name, name) for name in re.findall(r"\(NEEDED\).*\[(.+)\]", listing))


def write(bundle: Path, python: Path, tree: Path, output: Path, version: str) -> Path:
    """Lay out the package's tree and pack it; return the package."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / PLACE, symlinks=True)
    for program in ("kt-gui", "kt"):
        link = tree / "usr/bin" / program
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path("..") / "lib" / "kt-gui" / "kt-gui")
    put(HERE / "kt-gui.desktop", tree / "usr/share/applications")
    put(HERE / "kt-gui.metainfo.xml", tree / "usr/share/metainfo")
    draw_icons(python, tree / "usr/share/icons/hicolor")
    write_documents(python, tree / "usr/share/doc/kt-gui")
    write_control(tree, version)
    return pack(tree, output / f"kt-gui_{version}_amd64.deb")


def put(file: Path, folder: Path, name: str = "") -> None:
    """Copy a file into a folder that may not be there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / (name or file.name))


def draw_icons(python: Path, folder: Path) -> None:
    """Draw the icon in every size a desktop asks for, and keep it as the drawing it is."""
    drawing = ROOT / "resources" / "icons" / "kt-gui.svg"
    put(drawing, folder / "scalable/apps", "kt-gui.svg")
    subprocess.run([python, HERE / "draw_icons.py", drawing, folder, *ICON_SIZES], check=True)


def write_documents(python: Path, folder: Path) -> None:
    """Write the copyright, the changes and the licence files of everything that is bundled."""
    put(ROOT / "LICENSE", folder, "copyright")
    folder.joinpath("changelog.gz").write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0))
    put(ROOT / "resources" / "licences" / "README.md", folder / "licences")
    (packages,) = (python.parent.parent / "lib").glob("python3*/site-packages")
    for information in sorted(packages.glob("*.dist-info")):
        distribution = Distribution.at(information)
        for file in distribution.files or ():
            if is_licence(file.name) and information.name in file.parts:
                put(packages / file, folder / "licences" / distribution.name)


def is_licence(name: str) -> bool:
    """Whether a file is called like a licence."""
    return name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS"))


def write_control(tree: Path, version: str) -> None:
    """Write what the package manager reads: name, dependencies, sums."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = "".join(f"{md5(path)}  {path.relative_to(tree)}\n" for path in files)
    kilobytes = sum(path.stat().st_size for path in files) // 1024
    depends = ", ".join(sorted(set(PROVIDED.values())))
    folder = tree / "DEBIAN"
    folder.mkdir()
    folder.joinpath("control").write_text(CONTROL.format(version=version, kilobytes=kilobytes, depends=depends))
    folder.joinpath("md5sums").write_text(sums)


def md5(path: Path) -> str:
    """The sum by which the package manager notices a changed file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def pack(tree: Path, package: Path) -> Path:
    """Pack the tree: xz takes minutes, unpacks in seconds and is read by every Debian and Ubuntu."""
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    package.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, package], check=True)
    return package
