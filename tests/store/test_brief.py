from contextlib import suppress
from pathlib import Path
from threading import Thread

from kt_gui.store.brief import brief_folder


def test_the_folder_goes_with_all_in_it_though_somebody_still_writes() -> None:
    def write_on(folder: Path) -> None:
        for number in range(200):
            try:
                (folder / f"{number}").write_text("late")
            except OSError:
                return

    with brief_folder() as folder:
        (folder / "below").mkdir()
        writer = Thread(target=write_on, args=(folder,))
        writer.start()
    writer.join()
    assert not folder.exists()


def test_it_goes_after_a_failure_too_and_its_path_leaves_room_for_sockets() -> None:
    with suppress(KeyError), brief_folder() as folder:
        assert len(str(folder)) < 30
        raise KeyError
    assert not folder.exists()
