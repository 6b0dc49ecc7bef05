"""An optimizer's rank as sentences: a paragraph to quote, and what to know about it."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from ...core.costs import COSTS
from ...core.text import number_of
from ...statistics.intervals import median
from ..groups import ALL_EXAMPLES, BATCHES
from .verdict import Place, Verdict

MOST_NAMED = 3
"""Problems that a sentence names."""
_OVER = {
    "": "",
    ALL_EXAMPLES: " with all examples at every step",
    BATCHES: " with batches",
}


def paragraph(verdict: Verdict) -> str:
    """Return what the comparison says, in plain words that a paper could quote."""
    said = [_what(verdict)]
    said += [_place(verdict.label, place) for place in verdict.places]
    said += [*_wins(verdict), *_losses(verdict), *_worth(verdict), *_time(verdict)]
    if not verdict.places:
        said.append("It reaches no target of the field, or its cost is not known.")
    return " ".join(said)


def sentences(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each thing that limits what the paragraph says."""
    joined = verdict.joined
    field = joined.field
    versions = field.record.versions
    made = [f"{x} {versions[x]}" for x in ("gradmeter", "jax") if x in versions]
    made = ", ".join([f"{field.trials:,} trials", *made])
    yield (
        f"By calls, the costs of the field are those of {field.record.name} ({made}): "
        "they hold on every machine. Seconds of another machine are not compared."
    )
    if not verdict.is_tuned:
        yield f"{verdict.label} was not tuned: {_why_untuned(verdict)}"
    for one in joined.agreements:
        yield (
            f"{one.rival} also ran here: {one.equal} of its {one.trials} trials took "
            "exactly the calls of the kept ones."
        )
    if count := len({problem for problem, _ in joined.not_run}):
        where = number_of(count, "problem")
        yield f"It could not run or be tuned on {where}: see below."
    yield from _by_clock(verdict)
    if joined.left_out:
        lines = (f"{name} ({why})" for name, why in joined.left_out.items())
        yield f"Left out of the comparison: {'; '.join(lines)}."


def _why_untuned(verdict: Verdict) -> str:
    """Return why the settings of the newcomer are those that were given."""
    if not verdict.joined.run.record.config.get("tuning"):
        return f"the field, {verdict.joined.field.record.name}, was not tuned either."
    return (
        "it has no ranges. Give some with --space, such as "
        "--space learning_rate=1e-4:1."
    )


def _by_clock(verdict: Verdict) -> Iterator[str]:
    """Yield how many trials the clock has ended, here and in the field."""
    origin = verdict.joined.field.origin
    kept = sum(origin.by_clock.values())
    if mine := verdict.joined.by_clock:
        yield (
            f"{number_of(mine, 'trial')} of {verdict.label} ended with the budget of "
            "seconds, and might have reached the target with the calls that were left."
        )
    if kept:
        most = max(origin.by_clock, key=lambda name: origin.by_clock[name])
        yield (
            f"{number_of(kept, 'trial')} of the field ended with the budget of seconds "
            f"of its machine, most of them of {most} ({origin.by_clock[most]})."
        )


def _what(verdict: Verdict) -> str:
    """Return how the newcomer was tuned and run."""
    config = verdict.joined.run.record.config
    seeds, problems = config["seeds"], verdict.joined.fitting
    ran = f"{number_of(len(problems), 'problem')} of {verdict.joined.field.record.name}"
    label, table = verdict.label, config.get("tuning") or {}
    if not verdict.is_tuned:
        return f"{label} was run untuned on {ran}, on {number_of(len(seeds), 'seed')}."
    tried = table["trials"] + table["refine"]
    return (
        f"{label} was tuned on each of {ran} as its rivals were, with at least {tried} "
        f"settings, {table['budget']:g} {COSTS[table['unit']].words} for each on "
        f"{number_of(len(table['seeds']), 'seed')}, and run on "
        f"{number_of(len(seeds), 'other seed')}."
    )


def _place(label: str, place: Place) -> str:
    row, first = place.row, place.first
    low, high = (f"{row[end]:.0f}" for end in ("rank_low", "rank_high"))
    likely = f"rank {low}" if low == high else f"ranks {low} to {high}"
    over = f"{number_of(row['problems'], 'problem')}{_OVER.get(place.part, '')}"
    best, reached = first["optimizer"], number_of(place.solved, "target")
    behind = f", behind {best} ({first['area']:.2f})" if best != label else ""
    return (
        f"By calls to the hardest target, over {over}, {label} ranks "
        f"{row['rank']:.0f} of {place.of} (likely {likely}; bootstrap probability of "
        f"this rank or a better one {_percent(place.or_better)}, of the first "
        f"{_percent(row['rank_1'])}); it reaches {reached}, and the area "
        f"under its performance profile is {row['area']:.2f}{behind}."
    )


def _wins(verdict: Verdict) -> Iterator[str]:
    rows = verdict.wins
    if rows.empty:
        yield "On no problem is it cheaper than all of the field."
        return
    named = [_win(row) for row in rows.head(MOST_NAMED).to_dict("records")]
    where = f"{number_of(len(rows), 'problem')}: {_listed(named, len(rows))}"
    yield f"It is cheaper than all of the field on {where}."


def _win(row: Mapping[str, Any]) -> str:
    if row["ratio"] == 0:
        return f"{row['problem']} (no other reaches the target)"
    return (
        f"{row['problem']} ({1 / row['ratio']:.3g} times cheaper than {row['rival']})"
    )


def _losses(verdict: Verdict) -> Iterator[str]:
    rows = verdict.losses
    if rows.empty:
        return
    reached = [row for row in rows.to_dict("records") if isfinite(row["ratio"])]
    never = len(rows) - len(reached)
    if reached:
        middle = median(row["ratio"] for row in reached)
        named = [_loss(row) for row in reached[:MOST_NAMED]]
        yield (
            f"On {number_of(len(reached), 'problem')} another is cheaper, by a median "
            f"factor of {middle:.3g}: {_listed(named, len(reached))}."
        )
    if never:
        missed = number_of(never, "problem")
        yield f"It misses the target on {missed} where another meets it."


def _loss(row: Mapping[str, Any]) -> str:
    return f"{row['problem']} ({row['rival']}, {row['ratio']:.3g} times)"


def _worth(verdict: Verdict) -> Iterator[str]:
    worth = verdict.worth
    if worth is None:
        return
    calls = ""
    if isfinite(worth.factor):
        calls = (
            f"; where both reach it, the untuned one takes {worth.factor:.3g} times "
        )
        calls += "the calls (median)"
    yield (
        f"Tuned, it reaches the target on {worth.tuned} of {worth.problems} problems, "
        f"untuned on {worth.untuned}{calls}."
    )


def _time(verdict: Verdict) -> Iterator[str]:
    for part, rival, ratio, count in verdict.time_ratios:
        if count:
            over = f"{number_of(count, 'problem')}{_OVER.get(part, '')}"
            yield (
                f"On this machine it takes {ratio:.3g} times the time of {rival} "
                f"(median over {over} where both reach the target)."
            )


def _listed(named: Iterable[str], count: int) -> str:
    """Return the first of some things in words, and how many more there are."""
    words = list(named)
    more = f" and {count - len(words)} more" if count > len(words) else ""
    return ", ".join(words) + more


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
