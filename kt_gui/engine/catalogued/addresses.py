"""Where the sets lie, with their sums: torchvision's own, read from its classes wherever they stand there."""

from typing import Any

from kt_gui.schema.downloads import RemoteFile


def cifar10() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import CIFAR10

    return (_archive(CIFAR10.url, CIFAR10.tgz_md5),)


def cifar100() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import CIFAR100

    return (_archive(CIFAR100.url, CIFAR100.tgz_md5),)


def mnist() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import MNIST

    return _idx(MNIST)


def fashion_mnist() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import FashionMNIST

    return _idx(FashionMNIST)


def kmnist() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import KMNIST

    return _idx(KMNIST)


def emnist() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import EMNIST

    return (_archive(EMNIST.url, EMNIST.md5),)


def svhn() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import SVHN

    rows = (SVHN.split_list[given] for given in ("train", "test"))
    return tuple(RemoteFile(filename=name, urls=(url,), md5=md5) for url, name, md5 in rows)


def stl10() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import STL10

    return (_archive(STL10.url, STL10.tgz_md5),)


def eurosat() -> tuple[RemoteFile, ...]:
    """In torchvision 0.29 these stand inside EuroSAT.download."""
    repository = "https://huggingface.co/datasets/torchgeo/eurosat"
    url = f"{repository}/resolve/c877bcd43f099cd0196738f714544e355477f3fd/EuroSAT.zip"
    return (_archive(url, "c8fa014336c82ac7804f0398fcb19387"),)


def flowers102() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import Flowers102

    root = Flowers102._download_url_prefix
    pictures, *lists = (Flowers102._file_dict[key] for key in ("image", "label", "setid"))
    plain = tuple(RemoteFile(filename=name, urls=(root + name,), md5=md5) for name, md5 in lists)
    return (*plain, _archive(root + pictures[0], pictures[1]))


def oxford_pets() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import OxfordIIITPet

    return tuple(_archive(url, md5) for url, md5 in OxfordIIITPet._RESOURCES)


def dtd() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import DTD

    return (_archive(DTD._URL, DTD._MD5),)


def food101() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import Food101

    return (_archive(Food101._URL, Food101._MD5),)


def caltech101() -> tuple[RemoteFile, ...]:
    """In torchvision 0.29 these stand inside Caltech101.download."""
    url = "https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip"
    return (_archive(url, "3138e1922a9193bfa496528edbbc45d0", inner=("caltech-101/101_ObjectCategories.tar.gz",)),)


def gtsrb() -> tuple[RemoteFile, ...]:
    """In torchvision 0.29 these stand inside GTSRB.download."""
    root = "https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370/"
    return (
        _archive(f"{root}GTSRB-Training_fixed.zip", "513f3c79a4c5141765e10e952eaa2478"),
        _archive(f"{root}GTSRB_Final_Test_Images.zip", "c7e4e6327067d32654124b0fe9e82185"),
        _archive(f"{root}GTSRB_Final_Test_GT.zip", "fe31e9c9270bbcd7b84b7f21a9d9d9e5"),
    )


def aircraft() -> tuple[RemoteFile, ...]:
    """Its makers publish no sum; the archive holds its own."""
    from torchvision.datasets import FGVCAircraft

    return (_archive(FGVCAircraft._URL, ""),)


def imagenette() -> tuple[RemoteFile, ...]:
    from torchvision.datasets import Imagenette

    return (_archive(*Imagenette._ARCHIVES["320px"]),)


def _archive(url: str, md5: str, inner: tuple[str, ...] = ()) -> RemoteFile:
    return RemoteFile(filename=url.rpartition("/")[2], urls=(url,), md5=md5, unpack=True, inner=inner)


def _idx(kind: Any) -> tuple[RemoteFile, ...]:
    """The MNIST family: files in gzip, read as they are, each on several mirrors."""
    return tuple(
        RemoteFile(filename=name, urls=tuple(mirror + name for mirror in kind.mirrors), md5=md5)
        for name, md5 in kind.resources
    )
