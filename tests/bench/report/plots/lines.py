"""What figures show, read back from them."""

from matplotlib.colors import to_hex


def drawn(axes, colour):
    """Return the lines of a colour with more than a point, as points."""
    lines = [x for x in axes.get_lines() if to_hex(x.get_color()) == colour.lower()]
    return [line.get_xydata() for line in lines if len(line.get_xydata()) > 1]
