"""The configs that come with the project, by their names."""

from pathlib import Path

from factories import nearest

from ..core.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "configs"


def names() -> list[str]:
    """Return the names, such as `quickstart` and `more_descent/figure_9`, sorted."""
    files = FOLDER.glob("**/*.toml")
    return sorted(file.relative_to(FOLDER).with_suffix("").as_posix() for file in files)


def find(text: str) -> Path:
    """Return the file of a config, from the working directory if it is inside.

    Args:
        text: A path, or the name of a config that comes with the project.

    Raises:
        ConfigError: There is neither; the nearest name is given.
    """
    path, known = Path(text), names()
    if path.exists() and not (path.is_dir() and text in known):
        return path
    if text in known:
        return _from_here(FOLDER / f"{text}.toml")
    word = text.removeprefix(f"{FOLDER.name}/").removesuffix(path.suffix)
    if path.suffix and word not in known:
        return path  # reading it states what is wrong
    raise ConfigError(
        f"{text}: no such file, and no config of this name comes with the project."
        f"{nearest(word, known)} `list configs` shows all"
    )


def summary(name: str) -> str:
    """Return the first sentence of the comment at the top of a config."""
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    rest = (place for place, line in enumerate(lines) if not line.startswith("#"))
    comment = " ".join(line.lstrip("# ") for line in lines[: next(rest, len(lines))])
    return comment.partition(". ")[0].rstrip(".")


def _from_here(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
